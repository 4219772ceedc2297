"""A cache before a table: what a slow reader has read may come back after it was changed."""


class Table:
    def __init__(self, rows):
        self._rows = dict(rows)

    def select(self, key):
        return dict(self._rows[key])

    def update(self, key, row):
        self._rows[key] = row


class ReadThrough:
    def __init__(self):
        self.table = Table({7: {"mail": "old@example.org"}})
        self.cache = {}

    def get(self, key):
        try:
            return self.cache[key]
        except KeyError:
            value = self.cache[key] = self.table.select(key)
            return value

    def put(self, key, row):
        self.table.update(key, row)
        self.cache.pop(key, None)
