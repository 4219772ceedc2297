"""The settings of a site: the flag is set when what it promises is there, and never before."""


class Settings:
    def __init__(self):
        self._loaded = False
        self._values = None

    def load(self, text):
        values = dict(line.split("=") for line in text.split(";"))
        self._values = values
        self._loaded = True

    def get(self, name, default=""):
        if not self._loaded:
            return default
        return self._values.get(name, default)
