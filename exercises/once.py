"""A database that is set up by the first request that needs it: its tables are made, and the example rows go in.

What must never happen: it is set up twice. The example rows are there twice then, for good.
"""


class Database:
    def __init__(self):
        self._ready = False
        self._rows = []

    def add(self, row):
        if not self._ready:
            self._set_up()
            self._ready = True
        self._rows.append(row)

    def rows(self):
        return sorted(self._rows)

    def _set_up(self):
        self._rows.append("example")
