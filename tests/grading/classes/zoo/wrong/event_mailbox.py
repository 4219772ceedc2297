"""The event is cleared after the look at the letters, so a letter in between is never heard of."""

import threading
from collections import deque


class Mailbox:
    def __init__(self):
        self._letters = deque()
        self._arrived = threading.Event()

    def post(self, letter):
        self._letters.append(letter)
        self._arrived.set()

    def fetch(self):
        while not self._letters:
            self._arrived.clear()
            self._arrived.wait()
        return self._letters.popleft()
