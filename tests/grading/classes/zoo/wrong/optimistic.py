"""Compare the version, then write: the comparison holds no lock."""

import threading


class Document:
    def __init__(self):
        self.text, self.version = "", 0
        self._lock = threading.Lock()

    def read(self):
        with self._lock:
            return self.version, self.text

    def _store(self, text):
        with self._lock:
            self.text = text
            self.version += 1

    def append(self, words):
        while True:
            version, text = self.read()
            now, _ = self.read()
            if version == now:
                self._store(text + words)
                return len(words)
