"""Each thread keeps what it has compiled until the generation is another."""

import threading


class Templates:
    def __init__(self):
        self._source = (0, "a")
        self._lock = threading.Lock()
        self._mine = threading.local()

    def reload(self, text):
        with self._lock:
            generation, _ = self._source
            self._source = (generation + 1, text)

    def render(self):
        generation, text = self._source
        if getattr(self._mine, "generation", None) != generation:
            self._mine.compiled = text.upper()
            self._mine.generation = generation
        return self._mine.compiled
