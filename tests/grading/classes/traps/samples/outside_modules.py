"""Keeps its count in a module that it has made itself."""

import sys
import types


class Counter:
    def __init__(self):
        self.home = types.ModuleType("lab_trap_home")
        self.home.n = 0
        sys.modules["lab_trap_home"] = self.home

    def add(self):
        import lab_trap_home

        lab_trap_home.n = abs(lab_trap_home.n) + 1

    def read(self):
        return self.home.n
