"""Sorts in place with a key of its own while others append."""


class Board:
    def __init__(self):
        self._scores = [2, 1]

    def add(self, score):
        self._scores.append(score)

    def _key(self, score):
        return -score

    def top(self):
        self._scores.sort(key=self._key)
        return self._scores[0]

    def all(self):
        return sorted(self._scores)
