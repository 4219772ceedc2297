"""Names are given out once - when only one asks."""

import re


class NameTaken(ValueError):
    pass


class Names(dict):
    def claim(self, name, owner):
        if name in self:
            raise NameTaken(name)
        if not re.fullmatch(r"[a-z]+", name):
            raise ValueError(name)
        self[name] = owner
        return owner
