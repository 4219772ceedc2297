"""Observers that come while others are told."""


class Hub:
    def __init__(self):
        self.receivers = {}
        self.seen = []

    def connect(self, name, weight=1):
        self.receivers[name] = weight

    def disconnect(self, name):
        self.receivers.pop(name, None)

    def send(self):
        told = 0
        for name, weight in self.receivers.items():
            self._tell(name)
            told += weight
        return told

    def _tell(self, name):
        self.seen.append(name)
