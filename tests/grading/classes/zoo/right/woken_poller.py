"""An event wakes a thread, which clears it before it looks."""

import threading


class Poller:
    def __init__(self):
        self._wake = threading.Event()
        self._stop = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stop:
                return

    def wake(self):
        self._wake.set()

    def stop(self):
        self._stop = True
        self._wake.set()
        self._thread.join()

    def stopped(self):
        return not self._thread.is_alive()
