"""What goes over a container: with the GIL it is interrupted where it calls back, without it after each element."""

import itertools
from collections import deque


def fresh(value):
    return value + 1


class Pair:
    def __init__(self):
        self.items = [1, 2]

    def swap(self):
        self.items[:] = [10, 20]


class Starred(Pair):
    """A star goes over an iterator that calls back."""

    def read(self):
        return [*map(fresh, self.items)]


class Unpacked(Pair):
    def read(self):
        first, second = map(fresh, self.items)
        return first, second


class RightStarred(Pair):
    def read(self):
        return [*map(fresh, self.items.copy())]


class Equal(Pair):
    def read(self):
        return self.items == [1, 20]


class Joined:
    def __init__(self):
        self.row = deque(["a", "b"])

    def read(self):
        return "".join(self.row)

    def put(self):
        self.row.append("c")


class Keys:
    def __init__(self):
        self.data = {"a": 1, "b": 1}

    def read(self):
        return self.data.keys() & {"a", "b", "c"}

    def put(self):
        self.data["c"] = 1


class Nested:
    def __init__(self):
        self.rows = [[1], [1]]

    def read(self):
        return sum(map(sum, self.rows))

    def move(self):
        self.rows[0].append(self.rows[1].pop())


class Sizes:
    def __init__(self):
        self.rows = {"a": [1], "b": [1]}

    def read(self):
        return sum(map(len, self.rows.values()))

    def move(self):
        self.rows["a"].append(self.rows["b"].pop())


class Accumulated(Pair):
    def read(self):
        return list(itertools.accumulate(self.items))


class Reversed(Pair):
    def read(self):
        return list(reversed(self.items))


class RightArguments(Pair):
    def read(self):
        return max(*self.items)
