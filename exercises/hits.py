"""How many requests a server has answered, and how many of them with an error.

With the GIL this has never been wrong. The next server runs a Python without it. What must never happen there: a
request was answered, and is not counted.
"""


class Hits:
    def __init__(self):
        self._answered = 0
        self._errors = 0

    def answer(self, status):
        self._answered += 1
        if status >= 500:
            self._errors += 1

    def answered(self):
        return self._answered

    def errors(self):
        return self._errors
