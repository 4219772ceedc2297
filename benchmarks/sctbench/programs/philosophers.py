"""Philosophers who take both forks in one step; the benchmark claims that not all of them have eaten."""

from threading import Lock


class Table:
    def __init__(self, seats):
        self.seats = seats
        self.forks = [Lock() for _ in range(seats)]
        self.both = Lock()
        self.fed = 0

    def dine(self, seat):
        left, right = self.forks[seat], self.forks[(seat + 1) % self.seats]
        with self.both, right, left:
            pass
        self.fed += 1

    def somebody_hungry(self):
        """What the check claims at the end."""
        return self.fed < self.seats
