"""One object of each class, by a metaclass."""

import threading


class Singleton(type):
    _instances = {}
    _lock = threading.Lock()

    def __call__(cls, *args, **kwargs):
        if cls not in cls._instances:
            with cls._lock:
                if cls not in cls._instances:
                    cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]


class Registry(metaclass=Singleton):
    made = 0

    def __init__(self):
        Registry.made += 1
        self._names = set()
        self._lock = threading.Lock()

    def claim(self, name):
        with self._lock:
            if name in self._names:
                return False
            self._names.add(name)
            return True


class Front:
    def claim(self, name):
        return Registry().claim(name)

    def made(self):
        return Registry.made
