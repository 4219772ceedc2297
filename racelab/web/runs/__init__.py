"""Runs that are kept: one as a page and as a file, two side by side."""
