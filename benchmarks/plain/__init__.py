"""Plain classes as people write them: what the explorers' speed is compared on. Never imports the lab."""
