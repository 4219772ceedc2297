"""Programs with known faults: those of SCTBench, written anew as Python classes. Never imports the lab."""
