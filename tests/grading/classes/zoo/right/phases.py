"""Two parties that swap values, phase by phase."""

from threading import Barrier


class Exchanger:
    def __init__(self, parties=2):
        self._slots = [None] * parties
        self._written = Barrier(parties)
        self._read = Barrier(parties)

    def swap(self, who, value):
        self._slots[who] = value
        self._written.wait()
        other = self._slots[1 - who]
        self._read.wait()
        return other
