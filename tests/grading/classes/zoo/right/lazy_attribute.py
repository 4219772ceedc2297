"""A descriptor that computes an attribute once."""

import threading

_MISSING = object()


class lazy:
    def __init__(self, compute):
        self.compute = compute
        self.lock = threading.Lock()

    def __set_name__(self, owner, name):
        self.slot = "_lazy_" + name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = instance.__dict__.get(self.slot, _MISSING)
        if value is _MISSING:
            with self.lock:
                value = instance.__dict__.get(self.slot, _MISSING)
                if value is _MISSING:
                    value = self.compute(instance)
                    instance.__dict__[self.slot] = value
        return value


class Report:
    def __init__(self, rows):
        self.rows = rows
        self.computed = 0

    @lazy
    def total(self):
        self.computed += 1
        return sum(self.rows)
