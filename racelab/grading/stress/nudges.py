"""Hooks for rewritten code that give up the processor now and then, at the places where CPython may switch threads.

Plain threads seldom meet in the few instructions between a look and a write. A nudge is a `time.sleep(0)` with seeded
odds, so that they meet often.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any, Final

from racelab.explorer.code.hooks.in_place import OPERATORS

IN_PYTHON: Final = (FunctionType, MethodType)
"""A switch can happen where these begin, and none where they return."""


class Nudges:
    """See the module.

    Args:
        odds: the chance of a nudge at each place.
        seed: of the random numbers. Threads take them in the order in which they come, so a round cannot be repeated.
        everywhere: whether before every access too, as without the GIL; else only where CPython with a GIL switches.

    Attributes:
        armed: whether nudges happen now.
    """

    def __init__(self, odds: float, seed: int, everywhere: bool = False) -> None:
        self._odds, self._everywhere = odds, everywhere
        self._random = random.Random(seed).random
        self.armed = False

    def switch(self, *_: object) -> None:
        """A place where a switch may happen."""
        if self.armed and self._random() < self._odds:
            time.sleep(0)

    def access(self, _site: int) -> None:
        """A place where something shared may be touched."""
        if self._everywhere:
            self.switch()

    def hooks(self) -> dict[str, Any]:
        """The builtins that rewritten code calls: they do what the code said, with a nudge before or after."""
        switch, access = self.switch, self.access
        attribute, item = _slots(access)
        return {
            "_lab_enter": switch,
            "_lab_again": lambda again: switch() if again else None,
            "_lab_resumed": lambda value: (switch(), value)[1],
            "_lab_called": lambda value: (switch(), value)[1],
            "_lab_not_modelled": lambda value, _what: value,
            "_lab_attr": lambda thing, name, site: (access(site), getattr(thing, name))[1],
            "_lab_method": lambda thing, name, site: (access(site), getattr(thing, name))[1],
            "_lab_attr_slot": attribute,
            "_lab_item": lambda thing, key, site: (access(site), thing[key])[1],
            "_lab_item_slot": item,
            "_lab_slice": slice,
            "_lab_contains": lambda key, thing, site: (access(site), key in thing)[1],
            "_lab_look": lambda thing, _site, _op: thing,
            "_lab_change": lambda _thing, value, site: (access(site), value)[1],
            "_lab_in_place": lambda op, thing, value, site: (access(site), OPERATORS[op](thing, value))[1],
            "_lab_iterate": self._rounds,
            "_lab_with": lambda manager, _site: manager,
            "_lab_call": self._call,
            "_lab_variables": object,
            "_lab_global_read": lambda _name, site: access(site),
            "_lab_global_write": lambda value, _name, site: (access(site), value)[1],
            "_lab_shared_read": lambda _name, site, _variables: access(site),
            "_lab_shared_write": lambda value, _name, site, _variables: (access(site), value)[1],
        }

    def _call(self, function: Callable[..., Any], site: int, /, *args: Any, **named: Any) -> Any:
        answer = function(*args, **named)
        self.access(site)
        if self._everywhere or not isinstance(function, IN_PYTHON):
            self.switch()
        return answer

    def _rounds(self, thing: Iterable[Any], site: int, _begins: bool = False) -> Iterator[Any]:
        for one in thing:
            self.access(site)
            yield one
            self.switch()


def _slots(access: Callable[[int], None]) -> tuple[type, type]:
    """The classes of attributes and items as targets."""

    class Attribute:
        __slots__ = ("key", "site", "thing")

        def __init__(self, thing: Any, key: Any, site: int, changes: bool = False) -> None:  # noqa: ARG002
            self.thing, self.key, self.site = thing, key, site

        @property
        def v(self) -> Any:
            access(self.site)
            return getattr(self.thing, self.key)

        @v.setter
        def v(self, value: Any) -> None:
            access(self.site)
            setattr(self.thing, self.key, value)

        @v.deleter
        def v(self) -> None:
            access(self.site)
            delattr(self.thing, self.key)

    class Item(Attribute):
        __slots__ = ()

        @property
        def v(self) -> Any:
            access(self.site)
            return self.thing[self.key]

        @v.setter
        def v(self, value: Any) -> None:
            access(self.site)
            self.thing[self.key] = value

        @v.deleter
        def v(self) -> None:
            access(self.site)
            del self.thing[self.key]

    return Attribute, Item
