"""The board of a class: what was guessed and handed in, in one picture."""
