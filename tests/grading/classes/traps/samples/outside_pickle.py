"""A copy by way of bytes, made while others write."""

import pickle


class Saved:
    def __init__(self):
        self.data = {"a": 0, "b": 0}

    def save(self):
        return sorted(pickle.loads(pickle.dumps(self.data)).items())

    def move(self):
        self.data["a"] = abs(self.data["a"]) + 1
        self.data["b"] = abs(self.data["b"]) + 1
