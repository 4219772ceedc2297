"""Saves a while after the last change; a flush by hand and the timer may both save."""

import threading


class Autosave:
    def __init__(self, delay=0.5):
        self.delay = delay
        self._timer = None
        self._dirty = False
        self.saves = []

    def change(self):
        self._dirty = True
        self._timer = threading.Timer(self.delay, self.flush)
        self._timer.start()

    def flush(self):
        if self._dirty:
            self._save()
            self._dirty = False

    def _save(self):
        self.saves.append("saved")

    def close(self):
        timer = self._timer
        if timer is not None:
            timer.join()
        return len(self.saves)
