"""What `pool.py` promises: its answers when one call comes after another. The class itself keeps no such promise."""


class Pool:
    def __init__(self, size):
        self._size = size

    def ask(self, query):
        return query()
