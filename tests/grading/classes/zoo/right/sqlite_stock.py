"""Stock in a database; each sale is one statement."""

import sqlite3


class Stock:
    def __init__(self, path="stock.db"):
        self.path = path
        with self._connect() as db:
            db.execute("CREATE TABLE stock (item TEXT PRIMARY KEY, n INTEGER NOT NULL)")
            db.execute("INSERT INTO stock VALUES ('book', 1)")

    def _connect(self):
        return sqlite3.connect(self.path, isolation_level=None)

    def sell(self, item):
        db = self._connect()
        sold = db.execute("UPDATE stock SET n = n - 1 WHERE item = ? AND n > 0", (item,)).rowcount
        db.close()
        return sold == 1

    def left(self, item):
        db = self._connect()
        (n,) = db.execute("SELECT n FROM stock WHERE item = ?", (item,)).fetchone()
        db.close()
        return n
