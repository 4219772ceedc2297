"""`datetime`: the same classes, which read the modelled clock for `now`, `utcnow` and `today`.

An object that the real class has made counts as one of the model's, since both kinds meet: `datetime.date()` gives a
real date.
"""

from __future__ import annotations

import datetime as real
import importlib
from types import ModuleType
from typing import Any, Final, Self

from racelab.explorer.code.copies import copy_of

from .wall_clock import wall_clock

importlib.import_module("_strptime")  # C imports it when it is first needed: now, so that it meets the real module


class _Kind(type):
    """The metaclass: the real class and its objects count as the model's."""

    def __instancecheck__(cls, one: object) -> bool:
        return type.__instancecheck__(cls, one) or (cls in _REAL and isinstance(one, _REAL[cls]))

    def __subclasscheck__(cls, other: type) -> bool:
        return type.__subclasscheck__(cls, other) or (cls in _REAL and issubclass(other, _REAL[cls]))


def _shown(one: object, text: str) -> str:
    """As Python shows its own classes: with the name of the module, unlike what is derived from them."""
    return f"datetime.{text}" if type(one) in _REAL else text


class Date(real.date, metaclass=_Kind):
    """`datetime.date`."""

    def __repr__(self) -> str:
        return _shown(self, super().__repr__())

    @classmethod
    def today(cls) -> Self:
        """By the modelled clock."""
        return cls.fromtimestamp(wall_clock())


class DateTime(real.datetime, metaclass=_Kind):
    """`datetime.datetime`."""

    def __repr__(self) -> str:
        return _shown(self, super().__repr__())

    @classmethod
    def now(cls, tz: real.tzinfo | None = None) -> Self:
        """By the modelled clock."""
        return cls.fromtimestamp(wall_clock(), tz)

    @classmethod
    def utcnow(cls) -> Self:
        """By the modelled clock."""
        return cls.fromtimestamp(wall_clock(), real.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Self:
        """By the modelled clock."""
        return cls.now()


_REAL: Final[dict[Any, type]] = {Date: real.date, DateTime: real.datetime}
for _model, _original in _REAL.items():  # for `repr` and `pickle`
    _model.__name__ = _model.__qualname__ = _original.__name__
    _model.__module__ = "datetime"
MODULE: Final[ModuleType] = copy_of(real, date=Date, datetime=DateTime)
