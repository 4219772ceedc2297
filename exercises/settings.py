"""The settings of a site, loaded by a job after the server has begun to answer. Until then the defaults count.

This runs on a Python without the GIL. What must never happen: a request asks for a setting while they are loaded, and
gets neither the default nor what was loaded; or gets one setting as loaded, and then another one as by default.
"""


class Settings:
    def __init__(self):
        self._loaded = False
        self._values = None

    def load(self, text):
        values = dict(line.split("=") for line in text.split(";"))
        self._loaded = True
        self._values = values

    def get(self, name, default=""):
        if not self._loaded:
            return default
        return self._values.get(name, default)
