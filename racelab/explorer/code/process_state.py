"""What the interpreter keeps for the whole process, and functions look at and set: the recursion limit, the umask.

Each such state is one location, as a global variable is: a key of `CONTENTS`. At the end of an execution all of them
are put back, whoever has set them, so that the next one finds them as this one did. What the lab itself depends on is
not even set: there a stand-in remembers what was asked for.
"""

from __future__ import annotations

import _locale
import _socket
import csv
import decimal
import gc
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from racelab.explorer.kernel.cells import BOTH, READ, WRITE

CONTENTS: Final[dict[str, Any]] = {}
"""The object that all states are locations of. It holds what is there only while somebody wants to tell it."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """One location.

    Attributes:
        name: in a sentence.
        get, put: how it is read, and put back.
        looks, sets, swaps: names of functions, with their modules; one that swaps also looks at what was there.
        least: with fewer arguments a function that swaps only looks.
        unseen: who else looks at it, in a sentence, if that is not recorded.
        stand_in: has functions of the same names, which are called instead.
        named: where Python code finds the object itself that a function changes, with its module.
        tells: to what a look is told.
        anywhere: whether code that is not rewritten looks at it wherever it runs. Once a thread is known to set it,
            each call of such code is a look. Before, nobody has to be told.
    """

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], object]
    looks: str = ""
    sets: str = ""
    swaps: str = ""
    least: int = 1
    unseen: str = ""
    stand_in: Any = None
    named: str = ""
    tells: Callable[[], Any] | None = None
    anywhere: bool = False

    def access(self, function: str, given: Iterable[Any] | None) -> int:
        """What a call of that function with these arguments does to it; None if they are not known."""
        if function in self.looks.split():
            return READ
        if function in self.sets.split():
            return WRITE
        return BOTH if given is None or sum(one is not None for one in given) >= self.least else READ


class _Collector:
    """The garbage collector as the author's code sees it. While it explores, the lab collects when it has to itself."""

    def __init__(self) -> None:
        self._enabled = True
        self._threshold: tuple[int, ...] = gc.get_threshold()

    def enable(self) -> None:
        self._enabled = True

    def disable(self) -> None:
        self._enabled = False

    def isenabled(self) -> bool:
        return self._enabled

    def set_threshold(self, *given: int) -> None:
        self._threshold = (*given, *self._threshold[len(given) :])

    def get_threshold(self) -> tuple[int, ...]:
        return self._threshold

    def collect(self, generation: int = 2) -> int:  # noqa: ARG002 - as Python's
        return 0

    def set_enabled(self, enabled: bool) -> None:
        """As `isenabled` has said."""
        self._enabled = enabled


class _Switching:
    """How often threads switch: the alarm of the lab is a thread, and has to get its turn."""

    def __init__(self) -> None:
        self._seconds = sys.getswitchinterval()

    def getswitchinterval(self) -> float:
        return self._seconds

    def setswitchinterval(self, seconds: float, /) -> None:
        if seconds <= 0.0:
            raise ValueError("switch interval must be strictly positive")
        self._seconds = float(seconds)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _dialects() -> dict[str, Any]:
    return {name: csv.get_dialect(name) for name in csv.list_dialects()}


def _put_dialects(content: dict[str, Any]) -> None:
    for name in csv.list_dialects():
        csv.unregister_dialect(name)
    for name, dialect in content.items():
        csv.register_dialect(name, dialect)


def _put_filters(content: list[Any]) -> None:
    warnings.filters[:] = content  # type: ignore[index] # a list
    with warnings.catch_warnings():  # makes Python forget what it has decided by the others
        pass


def _recorder() -> Any:
    """The list of `catch_warnings(record=True)`; None if warnings are shown."""
    return getattr(vars(warnings).get(_SHOWS), "__self__", None)


def _told() -> tuple[Any, ...]:
    return dict(vars(warnings)["onceregistry"]), warnings.showwarning, vars(warnings).get(_SHOWS)


def _put_told(content: tuple[Any, ...]) -> None:
    once, warnings.showwarning, shows = content
    vars(warnings)["onceregistry"].clear()
    vars(warnings)["onceregistry"].update(once)
    vars(warnings)[_SHOWS] = shows


def _contexts() -> list[Any]:
    return [one.__reduce__()[1] for one in _CONTEXTS]


def _put_contexts(content: list[Any]) -> None:
    for context, (*plain, flags, traps) in zip(_CONTEXTS, content, strict=True):
        for name, value in zip(_OF_CONTEXT, plain, strict=True):
            setattr(context, name, value)
        context.flags = {signal: signal in flags for signal in context.flags}
        context.traps = {signal: signal in traps for signal in context.traps}


_CONTEXTS: Final[tuple[Any, ...]] = (decimal.DefaultContext, decimal.BasicContext, decimal.ExtendedContext)
_OF_CONTEXT: Final = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
_SHOWS: Final = "_showwarnmsg_impl"
CONTEXT: Final = "the default context of decimal"
RECURSION: Final = "the recursion limit"
_collector: Final = _Collector()
_switching: Final = _Switching()
STATES: Final = (
    State(
        RECURSION, sys.getrecursionlimit, sys.setrecursionlimit,
        looks="sys.getrecursionlimit", sets="sys.setrecursionlimit", anywhere=True,
    ),
    State(
        "the limit on the digits of an int", sys.get_int_max_str_digits, sys.set_int_max_str_digits,
        looks="sys.get_int_max_str_digits", sets="sys.set_int_max_str_digits", anywhere=True,
    ),
    State(
        "the switch interval", _switching.getswitchinterval, _switching.setswitchinterval,
        looks="sys.getswitchinterval", sets="sys.setswitchinterval", stand_in=_switching,
    ),
    State("the umask", _umask, os.umask, swaps="posix.umask nt.umask"),
    State(
        "the default timeout of sockets", _socket.getdefaulttimeout, _socket.setdefaulttimeout,
        looks="_socket.getdefaulttimeout", sets="_socket.setdefaulttimeout",
    ),
    State(
        "the field size limit of csv", csv.field_size_limit, csv.field_size_limit, swaps="_csv.field_size_limit",
        anywhere=True,
    ),
    State(
        "the dialects of csv", _dialects, _put_dialects,
        looks="_csv.get_dialect _csv.list_dialects _csv.reader _csv.writer csv.DictReader.__init__ "
        "csv.DictWriter.__init__",
        swaps="_csv.register_dialect _csv.unregister_dialect",
    ),
    State(
        "the switch of the garbage collector", _collector.isenabled, _collector.set_enabled,
        looks="gc.isenabled", sets="gc.enable gc.disable", stand_in=_collector,
    ),
    State("the garbage", _collector.collect, lambda _: None, looks="gc.collect", stand_in=_collector),
    State(
        "the thresholds of the garbage collector",
        _collector.get_threshold, lambda content: _collector.set_threshold(*content),
        looks="gc.get_threshold", swaps="gc.set_threshold", stand_in=_collector,
    ),
    State(
        "the locale", partial(_locale.setlocale, _locale.LC_ALL), partial(_locale.setlocale, _locale.LC_ALL),
        looks="_locale.localeconv _locale.nl_langinfo _locale.strcoll _locale.strxfrm locale.localeconv locale.str "
        "locale.format_string locale.currency locale.atof locale.atoi locale.delocalize locale.localize "
        "locale.getlocale locale.strcoll locale.strxfrm",
        swaps="_locale.setlocale locale.setlocale", least=2, unseen="what formats numbers and dates by it",
    ),
    State(
        "the warning filters", lambda: list(warnings.filters), _put_filters,
        looks="_warnings.warn _warnings.warn_explicit warnings.warn warnings.warn_explicit",
        swaps="warnings.simplefilter warnings.filterwarnings warnings.catch_warnings.__enter__", least=0,
        sets="warnings.resetwarnings warnings.catch_warnings.__exit__", named="warnings.filters", tells=_recorder,
        anywhere=True,
    ),
    State("what becomes of warnings", _told, _put_told),
    State(CONTEXT, _contexts, _put_contexts, anywhere=True),
)  # fmt: skip
USES: Final = {name: one for one in STATES for name in f"{one.looks} {one.sets} {one.swaps}".split()}
"""The state that a function touches, by its name."""
NAMED: Final = {one.named: one for one in STATES if one.named}
ANYWHERE: Final = frozenset({one.name for one in STATES if one.anywhere})
"""Names of states at which code that is not rewritten looks wherever it runs."""
_ENABLED: Final = State("", gc.isenabled, lambda on: gc.enable() if on else gc.disable())
"""The real one, and the real interval, which code at import may set."""
_INTERVAL: Final = State("", sys.getswitchinterval, sys.setswitchinterval)


_SAVED: Final = (*STATES, _ENABLED, _INTERVAL)
_GETS: Final = tuple([one.get for one in _SAVED])


class Saved:
    """What all states were when it was made. Each execution makes one, so what costs time is done only if it has to.

    Attributes:
        contents: in the order of the states.
    """

    def __init__(self) -> None:
        self.contents = [get() for get in _GETS]

    def changed(self) -> dict[int, Any]:
        """Those that are not the same any more, as they are now, by their numbers."""
        now = [get() for get in _GETS]
        if now == self.contents:
            return {}
        return {number: content for number, content in enumerate(now) if content != self.contents[number]}

    def keep(self, changed: dict[int, Any]) -> None:
        """That is what they were: a module that stays for the whole process has set them at its import."""
        for number, content in changed.items():
            self.contents[number] = content

    def put_back(self) -> None:
        """Set what is not the same any more."""
        for number in self.changed():
            _SAVED[number].put(self.contents[number])
