"""The addresses of users, in a table, with a cache before it.

A user saves a new address; a job refreshes the cache now and then, because other programs write into the table too.
What must never happen: a user saves a new address, everything has ended, and the page still shows the old one.
"""


class Profiles:
    def __init__(self, rows):
        self._table = dict(rows)
        self._cache = {}

    def get(self, user):
        """The address of a user, from the cache if it is there."""
        if user not in self._cache:
            self.refresh(user)
        return self._cache[user]

    def save(self, user, address):
        self._update(user, address)
        self._cache[user] = address

    def refresh(self, user):
        """Make the cache what the table says."""
        address = self._select(user)
        self._cache[user] = address

    def _select(self, user):
        return self._table.get(user, "")

    def _update(self, user, address):
        self._table[user] = address
