"""Goes through a copy of the keys, and looks each up in the table that has changed."""


class Registry:
    def __init__(self):
        self._items = {"a": 1, "b": 2}

    def drop(self, key):
        self._items.pop(key, None)

    def _line(self, key, value):
        return f"{key}={value}"

    def report(self):
        lines = []
        for key in list(self._items):
            lines.append(self._line(key, self._items[key]))
        return lines
