"""The addresses of users: table and cache change together, under one lock, also while a refresh is under way."""

import threading


class Profiles:
    def __init__(self, rows):
        self._table = dict(rows)
        self._cache = {}
        self._lock = threading.RLock()

    def get(self, user):
        """The address of a user, from the cache if it is there."""
        with self._lock:
            if user not in self._cache:
                self.refresh(user)
            return self._cache[user]

    def save(self, user, address):
        with self._lock:
            self._update(user, address)
            self._cache[user] = address

    def refresh(self, user):
        """Make the cache what the table says."""
        with self._lock:
            address = self._select(user)
            self._cache[user] = address

    def _select(self, user):
        return self._table.get(user, "")

    def _update(self, user, address):
        self._table[user] = address
