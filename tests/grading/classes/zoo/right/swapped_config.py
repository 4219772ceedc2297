"""Readers never lock: settings are one immutable object that is swapped."""

import threading
from types import MappingProxyType
from typing import NamedTuple


class Snapshot(NamedTuple):
    version: int
    values: MappingProxyType


class Config:
    def __init__(self, **values):
        self._now = Snapshot(1, MappingProxyType(values))
        self._writer = threading.Lock()

    def get(self, name):
        return self._now.values.get(name)

    def both(self, first, second):
        now = self._now
        return now.values.get(first), now.values.get(second), now.version

    def update(self, **changes):
        with self._writer:
            version, values = self._now
            self._now = Snapshot(version + 1, MappingProxyType({**values, **changes}))
            return self._now.version
