"""Two locks, taken in this order here and in that order there."""

from threading import Lock


class Ledger:
    def __init__(self):
        self.entries = []
        self.audit = []
        self._entries_lock = Lock()
        self._audit_lock = Lock()

    def post(self, amount):
        with self._entries_lock:
            self.entries.append(amount)
            with self._audit_lock:
                self.audit.append(("post", amount))

    def review(self):
        with self._audit_lock:
            seen = len(self.audit)
            with self._entries_lock:
                return seen, sum(self.entries)
