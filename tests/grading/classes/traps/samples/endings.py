"""What happens when an object goes, and what is made of an address."""

import operator


def fresh(value):
    return value + 1


class Thing:
    pass


class Text:
    """The text of an object has its address in it."""

    def __init__(self):
        self.seen = {}

    def make(self):
        text = f"{Thing()}"
        known = text in self.seen
        self.seen[text] = 1
        return known


class Hashed(Text):
    def make(self):
        number = hash((Thing(), 1))
        known = number in self.seen
        self.seen[number] = 1
        return known


class Rows:
    """A loop that is left closes its generator, and that writes."""

    def __init__(self):
        self.open = 0

    def each(self):
        try:
            yield 1
        finally:
            self.open = fresh(self.open)

    def first(self):
        for row in self.each():
            break
        return row


class Operator:
    """`operator.getitem` is a call, and `data[key]` is none."""

    def __init__(self):
        self.data = {"k": 0}

    def add(self):
        operator.setitem(self.data, "k", operator.getitem(self.data, "k") + 1)
