"""The stock of one article of a shop.

What must never happen: more pieces are sold than there were. A customer who has paid would get the e-mail that begins
with "Unfortunately". Nor may an order that is refused keep another one from being filled.
"""


class Stock:
    def __init__(self, pieces):
        self._pieces = pieces
        self._orders = []

    def left(self):
        return self._pieces - sum(pieces for _, pieces in self._orders)

    def buy(self, customer, pieces=1):
        """Sell pieces to a customer; False if there are not enough left."""
        if self.left() < pieces:
            return False
        self._note(customer, pieces)
        return True

    def customers(self):
        return sorted(customer for customer, _ in list(self._orders))

    def _note(self, customer, pieces):
        self._orders.append((customer, pieces))
