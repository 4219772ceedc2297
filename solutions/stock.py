"""The stock of one article: the test whether enough is left, and the sale, are one step under one lock."""

import threading


class Stock:
    def __init__(self, pieces):
        self._pieces = pieces
        self._orders = []
        self._lock = threading.Lock()

    def left(self):
        return self._pieces - sum(pieces for _, pieces in list(self._orders))

    def buy(self, customer, pieces=1):
        """Sell pieces to a customer; False if there are not enough left."""
        with self._lock:
            if self.left() < pieces:
                return False
            self._note(customer, pieces)
            return True

    def customers(self):
        return sorted(customer for customer, _ in list(self._orders))

    def _note(self, customer, pieces):
        self._orders.append((customer, pieces))
