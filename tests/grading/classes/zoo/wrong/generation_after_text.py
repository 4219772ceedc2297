"""The text and its generation are two steps, and so are what is compiled and from which."""

import threading


class Templates:
    def __init__(self):
        self._generation = 0
        self._text = "a"
        self._compiled = None
        self._compiled_at = None

    def reload(self, text):
        self._text = text
        self._bump()

    def _bump(self):
        self._generation += 1

    def _compile(self, text):
        return text.upper()

    def render(self):
        if self._compiled_at != self._generation:
            self._compiled = self._compile(self._text)
            self._compiled_at = self._generation
        return self._compiled
