"""The administrators of a site: what depends on all of them needs one lock for all of them."""

import threading


class Admin:
    def __init__(self):
        self.active = True


class Admins:
    def __init__(self, *names):
        self._admins = {name: Admin() for name in names}
        self._lock = threading.Lock()

    def step_down(self, name):
        """Give up the rights of an administrator; False if no other one has them."""
        admin = self._admins[name]
        with self._lock:
            if not admin.active or self.active() == [name]:
                return False
            admin.active = False
            return True

    def active(self):
        return [name for name, admin in self._admins.items() if admin.active]
