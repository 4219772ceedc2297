"""A count in the environment of the process."""

import os


class Counter:
    def __init__(self):
        os.environ["LAB_TRAP"] = "0"

    def add(self):
        os.environ["LAB_TRAP"] = str(int(os.environ["LAB_TRAP"]) + 1)

    def read(self):
        return os.environ["LAB_TRAP"]
