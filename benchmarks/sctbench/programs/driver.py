"""A device driver that is stopped while a request is on its way in."""


class Stopped(Exception):
    """The driver works on a device that is gone."""


class Driver:
    def __init__(self):
        self.pending = 1
        self.stopping = False
        self.stopped = False

    def request(self):
        """The flag is looked at before the request is counted."""
        if not self._enter():
            return False
        if self.stopped:
            raise Stopped
        self._leave()
        return True

    def stop(self):
        self.stopping = True
        self._leave()

    def _enter(self):
        if self.stopping:
            return False
        self._count(1)
        return True

    def _leave(self):
        self._count(-1)
        if self.pending == 0:
            self.stopped = True

    def _count(self, by):
        self.pending += by
