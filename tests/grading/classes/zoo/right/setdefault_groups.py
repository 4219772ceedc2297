"""`setdefault` and `append` are one step each."""


class Groups:
    def __init__(self):
        self._groups = {}

    def add(self, key, value):
        self._groups.setdefault(key, []).append(value)

    def all(self):
        return {key: sorted(values) for key, values in list(self._groups.items())}
