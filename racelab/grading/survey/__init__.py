"""The stores that people run: each one served as its users serve it, and driven by `check`."""
