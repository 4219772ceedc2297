"""A singleton that others can see before it has loaded its rules."""

import threading


class Rules:
    _instance = None
    _lock = threading.Lock()

    @classmethod
    def instance(cls):
        if cls._instance is None:
            with cls._lock:
                if cls._instance is None:
                    cls._instance = cls()
                    cls._instance.load()
        return cls._instance

    def __init__(self):
        self.limit = None

    def load(self):
        self.limit = 10

    def allows(self, n):
        return n <= self.limit


class Service:
    def check(self, n):
        return Rules.instance().allows(n)
