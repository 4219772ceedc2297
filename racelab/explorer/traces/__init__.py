"""One schedule looked at step by step: as data, as a table, and in words. Nothing below imports it."""
