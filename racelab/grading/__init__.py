"""Judges what is not the lab's own: servers that are running elsewhere, in any language."""
