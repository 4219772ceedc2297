"""What a class hands in: an export of this lab, from a computer that is not known. Nothing in it is trusted.

Two shapes are read: the export of one run, and the older one of all runs, of which the last with a request counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, NoReturn

MANAGERS: Final[tuple[str, ...]] = ("buggy", "fixed")
MOST_COUNT: Final = 10**12
MOST_LOADS: Final = 50
LONGEST: Final = 60
"""Characters of a text that is taken over."""
NO_EXPORT: Final = "it is no export of this lab. On the page See, press “Save all as JSON”, and hand in that file."
ALONE: Final = ("one_visitor", 1)
"""The load of one user and 50 updates, as See's button starts it: beside one of many users it weighs little."""


class NotReadable(Exception):
    """Why a file is not taken: a sentence that goes on after its name."""


@dataclass(frozen=True, slots=True)
class Count:
    """What one manager made of its changes."""

    changes: int
    vanished: int

    @property
    def percent(self) -> float:
        """How many of a hundred changes vanished."""
        return 100 * self.vanished / self.changes


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a run, at each manager; what the file does not say is None."""

    kind: str
    visitors: int | None
    seconds: int | None

    def words(self) -> str:
        """In a few words."""
        users = "users not known" if self.visitors is None else f"{self.visitors:,} user{'s' * (self.visitors != 1)}"
        return ", ".join(
            [self.kind.replace("_", " "), users, *([] if self.seconds is None else [f"{self.seconds:,} s"])]
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which a run was measured; runs with others are not the same experiment.

    Attributes:
        loads: without the 50 updates of one user.
    """

    loads: tuple[Load, ...]
    window_ms: float
    fault_rate: float

    def words(self) -> str:
        """In a few words."""
        faults = f"faults {100 * self.fault_rate:g} %" if self.fault_rate else "no faults"
        delay = f"added delay up to {self.window_ms:g} ms" if self.window_ms else "no added delay"
        loads = " and ".join(load.words() for load in self.loads) or "load not known"
        return f"{loads}; {delay}, {faults}"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        source: the file, or the run of this computer.
        identity: of the run: what was handed in twice has the same.
        python: of the computer it ran on.
        alone: how many times one user made 50 updates in it, beside its loads. They are among the changes.
    """

    source: str
    identity: str
    counts: Mapping[str, Count]
    conditions: Conditions
    python: str
    alone: int = 0

    @property
    def changes(self) -> int:
        """Of all managers: they only grow while a run goes on."""
        return sum(count.changes for count in self.counts.values())


def read(name: str, content: bytes) -> Measured:
    """The run of a file.

    Raises:
        NotReadable: it is none, or nothing was measured in it.
    """
    try:
        told = json.loads(content, parse_constant=_refuse_constant)
    except RecursionError:
        raise NotReadable("its JSON is nested too deeply.") from None
    except ValueError as error:
        raise NotReadable(f"it is not JSON ({str(error)[:LONGEST]}).") from None
    if not isinstance(told, dict):
        raise NotReadable(NO_EXPORT)
    return measured(plain(name) or "a file", _run_of(told))


def measured(source: str, run: Any) -> Measured:
    """The run of this JSON.

    Raises:
        NotReadable: it is none, or nothing was measured in it.
    """
    variants = _table(_table(run).get("variants"))
    given = {name: _table(variants[name]) for name in MANAGERS if name in variants}
    if not given:
        raise NotReadable(f"it has no result of {' or '.join(MANAGERS)}.")
    counts = {name: count for name, result in given.items() if (count := _count(name, result))}
    if not counts:
        raise NotReadable("nothing was measured in it. Run a load, wait for its end, and save it again.")
    environment, loads = _table(run.get("environment")), tuple(_loads(run.get("loads", [])))
    if loads and all(load.visitors == 1 for load in loads):
        raise NotReadable("one user was alone in it, so no change could be lost. It is left out.")
    crowds = tuple(load for load in loads if (load.kind, load.visitors) != ALONE)
    conditions = Conditions(
        crowds,
        _number(environment, "window_ms", 10**6),
        _number(environment, "fault_rate", 1),
    )
    gil = ", no GIL" if environment.get("gil") is False else ""
    python = f"Python {plain(environment.get('python', '?'))}{gil}"
    found = Measured(source, "", counts, conditions, python, len(loads) - len(crowds))
    return replace(found, identity=_identity(run, environment, found))


def plain(text: object) -> str:
    """A text of others, cut to what a table has room for, without characters that do something; else an empty one."""
    letters = text[:LONGEST] if isinstance(text, str) else ""
    return "".join(letter if letter.isprintable() else " " for letter in letters).strip()


def _run_of(told: dict[str, Any]) -> Any:
    if "run" in told:
        return told["run"]
    runs = told.get("runs")
    if not isinstance(runs, list):
        raise NotReadable(NO_EXPORT)
    asked = [
        run for run in runs if any(_table(each).get("asked") for each in _table(_table(run).get("variants")).values())
    ]
    if not asked:
        raise NotReadable("nothing was measured in it. Run a load, wait for its end, and save it again.")
    return asked[-1]


def _count(name: str, result: dict[str, Any]) -> Count | None:
    """None if nobody asked this manager for anything."""
    changes, vanished = (int(_number(result, key, MOST_COUNT)) for key in ("promised", "vanished"))
    if vanished > changes:
        raise NotReadable(f"it says that {vanished:,} of {changes:,} changes of {name} vanished.")
    if not result.get("asked") or not changes:
        return None
    if result.get("verdict") not in ("agree", "do not agree"):
        raise NotReadable(f"its run had not come to rest ({name}: cannot tell). Wait for the verdict, and try again.")
    return Count(changes, vanished)


def _loads(given: Any) -> list[Load]:
    if not isinstance(given, list) or len(given) > MOST_LOADS:
        raise NotReadable(NO_EXPORT)
    return [
        Load(
            plain(_table(each).get("kind") or "from outside"),
            int(_number(each, "visitors", MOST_COUNT)) if each.get("visitors") is not None else None,
            round(_number(each, "seconds", 10**6)) if each.get("seconds") is not None else None,
        )
        for each in given
    ]


def _identity(run: dict[str, Any], environment: dict[str, Any], found: Measured) -> str:
    """When a run began says which it is; without that, all that it says of itself does."""
    began = run.get("started_at")
    told = (run.get("run"), run.get("boot"), began, environment.get("pid"))
    which = [found.python, *(each for each in told if isinstance(each, str | int | float))]
    what = [] if isinstance(began, float) else [found.conditions.words(), sorted(map(str, found.counts.items()))]
    return sha256(repr([which, what]).encode("utf-8", "replace")).hexdigest()


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotReadable(NO_EXPORT)
    return value


def _number(table: dict[str, Any], key: str, most: float) -> float:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise NotReadable(f"its `{key}` is no number from 0 to {most:,}.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
