"""Ids from a generator that everybody shares."""


def numbered(prefix):
    n = 0
    while True:
        n += 1
        yield label(prefix, n)


def label(prefix, n):
    return f"{prefix}{n:03d}"


class Labels:
    def __init__(self, prefix="L"):
        self._labels = numbered(prefix)

    def new(self):
        return next(self._labels)
