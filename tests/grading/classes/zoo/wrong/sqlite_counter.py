"""A count in a database, read in one statement and written in another."""

import sqlite3


class Visits:
    def __init__(self):
        db = sqlite3.connect("visits.db", isolation_level=None)
        db.execute("CREATE TABLE visits (page TEXT PRIMARY KEY, n INTEGER)")
        db.execute("INSERT INTO visits VALUES ('home', 0)")
        db.close()

    def visit(self, page):
        db = sqlite3.connect("visits.db", isolation_level=None)
        (n,) = db.execute("SELECT n FROM visits WHERE page = ?", (page,)).fetchone()
        db.execute("UPDATE visits SET n = ? WHERE page = ?", (n + 1, page))
        db.close()

    def count(self, page):
        db = sqlite3.connect("visits.db", isolation_level=None)
        (n,) = db.execute("SELECT n FROM visits WHERE page = ?", (page,)).fetchone()
        db.close()
        return n
