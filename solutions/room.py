"""A chat room: whoever speaks goes over a copy of the list, which nobody changes."""


class Room:
    def __init__(self, *names):
        self._inboxes = {name: [] for name in names}

    def enter(self, name):
        self._inboxes[name] = []

    def say(self, text):
        """Tell everybody, and return how many that were."""
        told = 0
        for inbox in list(self._inboxes.values()):
            self._deliver(inbox, text)
            told += 1
        return told

    def heard(self, name):
        return list(self._inboxes.get(name, []))

    def _deliver(self, inbox, text):
        inbox.append(text.strip())
