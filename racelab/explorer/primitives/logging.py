"""`logging`, which says nothing. What the real one locks nobody else can notice, and each line would be a stop.

Loggers are the same in all executions. Handlers are never called. Where logging would call code of the author's, a
handler, a filter or the text of an object, that is told.
"""

from __future__ import annotations

import logging
import logging.config
import logging.handlers
from types import ModuleType
from typing import Any, Final

from racelab.explorer.code.copies import copy_of
from racelab.explorer.code.hooks import whose
from racelab.explorer.kernel.cells import ATOMS, Modelled
from racelab.explorer.kernel.threads import here

SILENT: Final = "Nothing is logged: handlers and filters are not called."
DERIVED: Final = "{} is derived from logging.Logger: what it does of its own is not recorded."
NOT_CALLED: Final = "Nothing is logged: {}, which is the author's own, is never called."
SETS: Final = "A thread changes how logging is set up: what it and others find there is not explored."
CONFIGURED: Final = "logging is set up"
TEXT: Final = "Logging would make a text of {}, whose class says itself how. That is not done here."
_SAYING: Final = ("debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log")


def _nothing(*_: object, **__: object) -> None:
    """Say nothing, and set nothing."""


def _say(*values: object, **named: object) -> None:
    """Say nothing of them."""
    memory = here.memory
    if memory is None:
        return
    for value in (*values, *named.values()):
        kind = type(value)
        if kind not in ATOMS and not issubclass(kind, Modelled) and _makes_own_text(kind):
            memory.places.gaps[TEXT.format(kind.__qualname__)] += 1


def _makes_own_text(kind: type) -> bool:
    return any(whose.is_rewritten(whose.look_up(kind, name)) for name in ("__str__", "__repr__", "__format__"))


def _silent(*_: object, **__: object) -> None:
    """Something is set up that real logging would call."""
    if here.memory is not None:
        here.memory.places.assumed.add(SILENT)


def _sets(*_: object, **__: object) -> None:
    """How logging is set up stays as it is, whatever a thread makes of it and of what it finds."""
    _silent()
    if here.memory is not None and here.task is not None and here.task.index:
        here.memory.places.gaps[SETS] += 1


def _with_own(*arguments: object, **named: Any) -> None:
    """A handler or a filter of the author's own would be called: what it does is not seen."""
    _silent()
    for one in (*arguments, *named.get("handlers", ())):
        if type(one) not in _OF_PYTHON and here.memory is not None:
            here.memory.places.gaps[NOT_CALLED.format(type(one).__qualname__)] += 1


def _configures(*arguments: object, **named: Any) -> None:
    """`basicConfig`, which many threads may call. That matters to who asks what is set up."""
    _with_own(*arguments, **named)
    if here.memory is not None and here.task is not None:
        here.memory.notice(here.task, CONFIGURED)


def _asked() -> None:
    """How logging is set up."""
    if here.memory is not None and CONFIGURED in here.memory.places.looked:
        _sets()


class Handler:
    """Stands for every handler. What an author derives from it is ordinary code, which nobody calls."""

    level = logging.NOTSET
    name = formatter = None
    terminator = "\n"

    def __init__(self, *_: object, **__: object) -> None:
        _silent()

    acquire = release = createLock = close = flush = handle = format = handleError = _nothing  # noqa: N815
    setLevel = removeFilter = set_name = setStream = _nothing  # noqa: N815
    setFormatter = addFilter = _with_own  # noqa: N815


class Logger(Modelled):
    """A logger of one name."""

    outlives_execution = True
    level = logging.NOTSET
    disabled, propagate, parent = False, True, None

    def __init_subclass__(cls) -> None:
        if here.memory is not None:
            here.memory.places.gaps[DERIVED.format(cls.__qualname__)] += 1

    def __init__(self, name: str = "root", level: int = logging.NOTSET) -> None:  # noqa: ARG002 - as Python's
        self.name = name

    debug = info = warning = warn = error = exception = critical = fatal = log = _say
    handle = callHandlers = _nothing  # noqa: N815
    setLevel = removeHandler = removeFilter = _sets  # noqa: N815

    def addHandler(self, handler: object) -> None:  # noqa: N802
        """It is never called."""
        _sets()
        _with_own(handler)

    def addFilter(self, filter: object) -> None:  # noqa: N802, A002 - as Python's
        """It is never called."""
        _sets()
        _with_own(filter)

    @property
    def handlers(self) -> list[Handler]:
        """None that is known."""
        _asked()
        return []

    @property
    def filters(self) -> list[object]:
        """None that is known."""
        return []

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802, ARG002 - as Python's
        """Nothing is."""
        _asked()
        return False

    def getEffectiveLevel(self) -> int:  # noqa: N802
        """That of Python's root logger."""
        _asked()
        return logging.WARNING

    def getChild(self, suffix: str) -> Logger:  # noqa: N802
        """The logger below."""
        return get_logger(f"{self.name}.{suffix}" if self is not ROOT else suffix)

    def getChildren(self) -> set[Logger]:  # noqa: N802
        """None that is known."""
        return set()

    def hasHandlers(self) -> bool:  # noqa: N802
        """As in Python, where the root has one of last resort."""
        _asked()
        return False


_OF_PYTHON: Final = frozenset({Handler, logging.Filter, logging.Formatter, str, type(None)})
ROOT: Final = Logger()
_loggers: dict[str, Logger] = {}


def get_logger(name: str | None = None) -> Logger:
    """The logger of that name, always the same."""
    return _loggers.setdefault(name, Logger(name)) if name and name != "root" else ROOT


def _quiet_copy(real: ModuleType, **names: Any) -> ModuleType:
    """A copy in which every handler is a quiet one, and the functions that configure do nothing."""
    for name, value in vars(real).items():
        if isinstance(value, type) and issubclass(value, (logging.Handler, logging.Filterer)):
            names.setdefault(name, Handler)
    return copy_of(real, **names)


MODULE: Final[ModuleType] = _quiet_copy(
    logging,
    Logger=Logger,
    RootLogger=Logger,
    root=ROOT,
    lastResort=None,
    getLogger=get_logger,
    getLoggerClass=lambda: Logger,
    **dict.fromkeys(_SAYING, _say),
    basicConfig=_configures,
    setLogRecordFactory=_with_own,
    **dict.fromkeys(("captureWarnings", "disable", "setLoggerClass", "addLevelName"), _sets),
    shutdown=_nothing,
)
HANDLERS: Final[ModuleType] = _quiet_copy(logging.handlers, QueueListener=Handler)
CONFIG: Final[ModuleType] = copy_of(
    logging.config, **dict.fromkeys(("dictConfig", "fileConfig", "listen", "stopListening"), _sets)
)
vars(MODULE).update(handlers=HANDLERS, config=CONFIG)
