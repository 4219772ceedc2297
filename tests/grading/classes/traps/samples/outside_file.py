"""A count in a file."""

import os
import tempfile


class Counter:
    def __init__(self):
        handle, self.path = tempfile.mkstemp()
        os.write(handle, b"0")
        os.close(handle)

    def add(self):
        with open(self.path) as f:
            n = int(f.read())
        with open(self.path, "w") as f:
            f.write(str(n + 1))
