"""One loss: drawn in space and time, in words, and again in the explorer."""
