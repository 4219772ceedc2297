"""An object that was made at import dies when a task lets it go."""


def fresh(value):
    return value + 1


class Dies:
    def __del__(self):
        COUNT[0] = fresh(COUNT[0])


POOL = [Dies()]
COUNT = [0]


class OfModule:
    """What a module made at import dies when a task lets it go."""

    def drop(self):
        POOL.clear()

    def add(self):
        COUNT[0] = fresh(COUNT[0])

    def count(self):
        return COUNT[0]
