"""The exchange rate with its day: the reader takes the lock under which both are written."""

import threading


class Rate:
    def __init__(self):
        self._lock = threading.Lock()
        self._value = "1.00"
        self._day = "Monday"

    def publish(self, value, day):
        with self._lock:
            self._value = f"{float(value):.2f}"
            self._day = day.capitalize()

    def quote(self):
        """The rate as a page shows it."""
        with self._lock:
            return f"{self._value} on {self._day}"
