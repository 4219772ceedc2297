"""Those who subscribe get a new tuple; who publishes goes through the one that it has read."""

import threading


class Subscriber:
    def __init__(self, name):
        self.name = name
        self.got = []

    def __call__(self, event):
        self.got.append(event)


class Bus:
    def __init__(self):
        self._subscribers = ()
        self._lock = threading.Lock()

    def subscribe(self, name):
        new = Subscriber(name)
        with self._lock:
            self._subscribers = (*self._subscribers, new)

    def unsubscribe(self, name):
        with self._lock:
            self._subscribers = tuple(s for s in self._subscribers if s.name != name)

    def publish(self, event):
        for subscriber in self._subscribers:
            subscriber(event)

    def names(self):
        return sorted((s.name, tuple(s.got)) for s in self._subscribers)
