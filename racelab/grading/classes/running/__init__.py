"""Grades many programs over one class: which ones, in which order, in which processes, within which time."""
