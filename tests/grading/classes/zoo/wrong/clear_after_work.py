"""The event is cleared after the work, with what was added meanwhile."""

import threading


class Poller:
    def __init__(self):
        self._wake = threading.Event()
        self._jobs = []
        self._closing = False
        self.done = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._closing:
            self._wake.wait()
            jobs, self._jobs = self._jobs, []
            self.done.extend(jobs)
            self._wake.clear()

    def add(self, job):
        self._jobs.append(job)
        self._wake.set()

    def close(self):
        self._closing = True
        self._wake.set()
        self._thread.join()
        return sorted(self.done)
