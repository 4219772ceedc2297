"""Time, chance, ids and a database, between two looks.

A class whose name begins with `Right` does the same so that it works.
"""

import random
import sqlite3
import time
import uuid


def fresh(value):
    return value + 1


class Expires:
    """It tests whether it has expired, and then looks it up."""

    def __init__(self):
        self.data = {"k": (1, time.monotonic() + 5)}

    def get(self):
        if "k" in self.data and self.data["k"][1] > time.monotonic():
            return self.data["k"][0]
        return None

    def sweep(self):
        time.sleep(10)
        self.data.pop("k", None)


class RightExpires(Expires):
    def get(self):
        found = self.data.get("k")
        return found[0] if found is not None and found[1] > time.monotonic() else None


class Drawn:
    def __init__(self):
        self.n = 0

    def add(self):
        n = self.n
        self.n = n + random.choice([1, 1])


class Ids:
    def __init__(self):
        self.last = None

    def new(self):
        self.last = uuid.uuid4()
        fresh(0)
        return self.last


class InDatabase:
    def __init__(self):
        self.db = sqlite3.connect(":memory:", check_same_thread=False)
        self.db.execute("create table t (n integer)")
        self.db.execute("insert into t values (0)")

    def add(self):
        (n,) = self.db.execute("select n from t").fetchone()
        self.db.execute("update t set n = ?", (n + 1,))

    def read(self):
        return self.db.execute("select n from t").fetchone()[0]


class RightInDatabase(InDatabase):
    def add(self):
        self.db.execute("update t set n = n + 1")
