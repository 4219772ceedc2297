"""The exchange rate that a shop shows, with the day it is from.

A job publishes a new rate each morning; requests quote it all day. What must never happen: a page shows the rate of one
day with the date of another.
"""

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
        return f"{self._value} on {self._day}"
