"""Chance decides which way is taken; the lucky one is wrong."""

import random


class Lottery:
    def __init__(self):
        self.n = 0

    def add(self):
        n = self.n
        if random.random() < 2:
            n = abs(n)
        self.n = n + 1
