"""Each thread counts for itself; sums are made under a lock."""

import threading


class Tally:
    def __init__(self):
        self._mine = threading.local()
        self._all = []
        self._lock = threading.Lock()

    def _cell(self):
        try:
            return self._mine.cell
        except AttributeError:
            cell = self._mine.cell = [0]
            with self._lock:
                self._all.append(cell)
            return cell

    def hit(self, n=1):
        cell = self._cell()
        cell[0] += n

    def total(self):
        with self._lock:
            return sum(cell[0] for cell in self._all)
