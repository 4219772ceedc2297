"""Starts a service when it is first needed."""


class Starter:
    def __init__(self):
        self.started = False
        self.starts = []

    def _start_up(self):
        self.starts.append("up")

    def ensure(self):
        if not self.started:
            self._start_up()
            self.started = True
        return self.started
