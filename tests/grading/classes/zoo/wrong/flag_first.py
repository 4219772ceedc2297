"""The flag says loaded before it is."""

import threading


class Config:
    def __init__(self):
        self._lock = threading.Lock()
        self._loaded = False
        self._values = {}

    def _read(self):
        return {"x": 1}

    def _load(self):
        if self._loaded:
            return
        with self._lock:
            if self._loaded:
                return
            self._loaded = True
            self._values.update(self._read())

    def get(self, name):
        self._load()
        return self._values.get(name)
