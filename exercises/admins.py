"""The administrators of a site. Each may step down, as long as another one is left.

What must never happen: all of them have stepped down. No user could make a new one.
"""

import threading


class Admin:
    def __init__(self):
        self.active = True
        self.lock = threading.Lock()


class Admins:
    def __init__(self, *names):
        self._admins = {name: Admin() for name in names}

    def step_down(self, name):
        """Give up the rights of an administrator; False if no other one has them."""
        admin = self._admins[name]
        with admin.lock:
            if not admin.active or self.active() == [name]:
                return False
            admin.active = False
            return True

    def active(self):
        return [name for name, admin in self._admins.items() if admin.active]
