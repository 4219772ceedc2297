"""A chat room: what one user says reaches all users who are in it.

What must never happen: a user comes in while another one speaks, and the speaker gets an error page. Some of the others
have heard it then, and some have not.
"""


class Room:
    def __init__(self, *names):
        self._inboxes = {name: [] for name in names}

    def enter(self, name):
        self._inboxes[name] = []

    def say(self, text):
        """Tell all users, and return how many those were."""
        told = 0
        for inbox in self._inboxes.values():
            self._deliver(inbox, text)
            told += 1
        return told

    def heard(self, name):
        return list(self._inboxes.get(name, []))

    def _deliver(self, inbox, text):
        inbox.append(text.strip())
