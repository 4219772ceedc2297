"""Printers that several requests share: a woken thread tests again, because another one may have been faster."""

import threading


class Printers:
    def __init__(self, *names):
        self._idle = list(names)
        self._sheets = {name: [] for name in names}
        self._returned = threading.Condition()

    def print(self, text):
        """Print a text, and return on which printer."""
        printer = self._take()
        try:
            return f"{self._sheet(printer, text)} on {printer}"
        finally:
            self._give_back(printer)

    def idle(self):
        return sorted(self._idle)

    def _take(self):
        with self._returned:
            while not self._idle:
                self._returned.wait()
            return self._idle.pop()

    def _give_back(self, printer):
        with self._returned:
            self._idle.append(printer)
            self._returned.notify()

    def _sheet(self, printer, text):
        """What the printer does: all that it is told before the sheet is out comes out on that sheet."""
        sheet = self._sheets[printer]
        sheet.append(text.strip())
        printed = " ".join(sheet)
        sheet.clear()
        return printed
