"""Readers and writers lock - not the same lock."""

import threading


class Gauge:
    def __init__(self):
        self._samples = []
        self._read_lock = threading.Lock()
        self._write_lock = threading.Lock()

    def sample(self, value):
        with self._write_lock:
            self._samples.append(value)
            self._samples.sort()

    def drain(self):
        with self._read_lock:
            n = len(self._samples)
            taken, self._samples = self._samples[:n], []
            return taken
