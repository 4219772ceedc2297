"""Iterators of C have state: a shared one is drawn from in two steps."""

import itertools


class Ids:
    def __init__(self):
        self.ids = itertools.cycle("ab")

    def pair(self):
        first = next(self.ids)
        return first + next(self.ids)
