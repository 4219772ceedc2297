"""The columns, a file for one or two of them. Each has a function from a bench to a `Column`."""
