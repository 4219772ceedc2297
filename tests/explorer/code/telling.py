"""What a program did: each step in its order, how it ended, and on which lines an exception passed by."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

from tests.explorer.code.neutral import module_of

ENOUGH: Final = 300
"""Steps after which a program is cut off."""
ATOMS: Final = (int, float, bytes, bool, type(None))


class CutOff(BaseException):
    """The program has gone on for long enough."""


def described(value: object, depth: int = 3) -> object:
    """A value without what differs from run to run."""
    if isinstance(value, str):
        return re.sub(r" at 0x\w+", "", value)
    if type(value) in ATOMS:
        return value
    if isinstance(value, (list, tuple)) and depth:
        return type(value).__name__, [described(each, depth - 1) for each in value]
    if isinstance(value, dict) and depth:
        return "dict", [(described(key, 0), described(each, depth - 1)) for key, each in value.items()]
    return value.__qualname__ if isinstance(value, (type, FunctionType)) else type(value).__name__


class Log:
    """The steps of one run."""

    def __init__(self) -> None:
        self.steps: list[object] = []

    def note(self, *values: object) -> Any:
        """Take down a step; the answer is the last of the values."""
        self.add("note", *[described(value) for value in values])
        return values[-1] if values else None

    def add(self, *step: object) -> None:
        """Take down a step."""
        self.steps.append(step)
        if len(self.steps) > ENOUGH:
            raise CutOff


class Told:
    """An object that tells of all that is done with it.

    Args:
        log: where to.
    """

    def __init__(self, log: Log) -> None:
        vars(self)["log"] = log

    def __getattr__(self, name: str) -> Any:
        self.log.add("get", name)
        if name.startswith("__"):
            raise AttributeError(name)
        return [1, 2] if name == "x" else self

    def __setattr__(self, name: str, value: object) -> None:
        self.log.add("set", name, described(value))

    def __delattr__(self, name: str) -> None:
        self.log.add("delete", name)

    def __getitem__(self, key: object) -> Any:
        self.log.add("item", described(key))
        if key == 2:
            raise IndexError(key)
        return key

    def __setitem__(self, key: object, value: object) -> None:
        self.log.add("set item", described(key), described(value))

    def __delitem__(self, key: object) -> None:
        self.log.add("delete item", described(key))

    def __contains__(self, key: object) -> bool:
        self.log.add("contains", described(key))
        return key == 1

    def __iter__(self) -> Any:
        self.log.add("iterate")
        yield 1
        self.log.add("next")
        yield 2

    def __len__(self) -> int:
        self.log.add("len")
        return 2

    def __enter__(self) -> Any:
        self.log.add("enter")
        return (1, 2)

    def __exit__(self, *error: object) -> bool:
        self.log.add("exit", described(error[0]))
        return error[0] is KeyError

    def __call__(self, *given: object, **named: object) -> Any:
        self.log.add("call", described(given), described(named))
        return given[0] if given else self

    def __add__(self, other: object) -> Any:
        self.log.add("add", described(other))
        return 1

    def __iadd__(self, other: object) -> Any:
        self.log.add("in place", described(other))
        return self

    def __lt__(self, other: object) -> bool:
        self.log.add("less", described(other))
        return True


class Base:
    """A class to derive from."""

    def method(self, *given: object) -> object:
        """Hands back what it gets."""
        return given


@dataclass(frozen=True)
class Run:
    """What a program did.

    Attributes:
        steps: all that it told of, in order.
        ending: "answer" and what `main` returned, or "error" and the exception.
        lines: of the functions that the exception passed through, the outermost first.
        state: some global names afterwards.
    """

    steps: list[object]
    ending: tuple[object, ...]
    lines: list[tuple[int | None, str]]
    state: tuple[object, ...]


def told(source: str, make: Callable[[str, dict[str, Any]], Any]) -> Run:
    """All that a program's `main` does.

    Args:
        source: of the program.
        make: executes a source, with some global names.
    """
    log = Log()
    space: dict[str, Any] = {"__name__": "program", "note": log.note, "it": Told(log), "box": [1, [2], 3]}
    space |= {"Base": Base, "self": 1}
    ending: tuple[object, ...]
    lines: list[tuple[int | None, str]] = []
    try:
        space = make(source, space)
        ending = "answer", described(space["main"](1, Told(log)))
    except (Exception, CutOff) as error:  # noqa: BLE001 - whatever it is, it is compared
        ending = (
            "error",
            type(error).__name__,
            described(str(error)),
            *map(described, (error.__context__, error.__cause__)),
        )
        frames = traceback.extract_tb(error.__traceback__)
        lines = [
            (each.lineno, each.name) for each in frames if each.filename == "program.py" and each.name != "<lambda>"
        ]
    return Run(log.steps, ending, lines, tuple(described(space.get(name)) for name in ("G", "H", "box")))


def original(source: str, space: dict[str, Any]) -> dict[str, Any]:
    """Execute a source as it is."""
    exec(compile(source, "program.py", "exec", dont_inherit=True), space)
    return space


def rewritten(source: str, space: dict[str, Any]) -> dict[str, Any]:
    """Execute a source rewritten."""
    return vars(module_of(source, "program", given=space))
