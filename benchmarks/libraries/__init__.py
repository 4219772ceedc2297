"""Popular classes in pure Python as installed: what they promise about threads, and what the grader says."""
