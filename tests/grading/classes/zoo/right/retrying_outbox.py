"""One thread sends what is posted, and tries again what fails."""

import queue
import threading


class Outbox:
    def __init__(self):
        self._jobs = queue.Queue()
        self._tries = {}
        self.sent = []
        self._worker = threading.Thread(target=self._run, daemon=True)
        self._worker.start()

    def _send(self, job):
        self._tries[job] = self._tries.get(job, 0) + 1
        if self._tries[job] < 2:
            raise ConnectionError(job)
        self.sent.append(job)

    def _run(self):
        while True:
            job = self._jobs.get()
            if job is None:
                return
            while True:
                try:
                    self._send(job)
                except ConnectionError:
                    continue
                break
            self._jobs.task_done()

    def post(self, job):
        self._jobs.put(job)

    def close(self):
        self._jobs.put(None)
        self._worker.join()
        return sorted(self.sent)
