"""Exercises: classes with one bug each, to be corrected until the grader proves that no interleaving shows it."""
