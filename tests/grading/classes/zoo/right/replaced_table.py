"""A frozen table is replaced by a new one, with `dataclasses.replace`."""

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Table:
    version: int = 0
    routes: tuple = ()


class Routes:
    def __init__(self):
        self._table = Table()
        self._writing = threading.Lock()

    def add(self, path, handler):
        with self._writing:
            old = self._table
            self._table = replace(old, version=old.version + 1, routes=(*old.routes, (path, handler)))

    def match(self, path):
        table = self._table
        for known, handler in table.routes:
            if known == path:
                return handler, table.version == len(table.routes)
        return None, table.version == len(table.routes)

    def table(self):
        return self._table.version, sorted(self._table.routes)
