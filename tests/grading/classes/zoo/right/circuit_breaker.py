"""Opens after so many failures in a row, lets one trial through after a while."""

import enum
import threading


class State(enum.Enum):
    CLOSED = "closed"
    OPEN = "open"


class Refused(RuntimeError):
    pass


class Breaker:
    def __init__(self, threshold=2):
        self.threshold = threshold
        self._failures = 0
        self._state = State.CLOSED
        self._lock = threading.Lock()

    def call(self, function, *args):
        with self._lock:
            if self._state is State.OPEN:
                raise Refused("open")
        try:
            result = function(*args)
        except ValueError:
            with self._lock:
                self._failures += 1
                if self._failures >= self.threshold:
                    self._state = State.OPEN
            raise
        else:
            with self._lock:
                self._failures = 0
            return result

    def reset(self):
        with self._lock:
            self._failures, self._state = 0, State.CLOSED

    @property
    def state(self):
        with self._lock:
            return self._state.value
