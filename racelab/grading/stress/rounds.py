"""Rounds of a program with real threads, compared with what its calls do one after another."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from ..classes.answers import comparable, renumbered
from ..classes.program import Program
from ..classes.result import Answer, Ending
from .modules import Source, folder_of_its_own
from .nudges import Nudges

PATIENCE: Final = 2.0
"""Seconds after which a round that does not end is a deadlock."""
SERIAL_PATIENCE: Final = 0.5
LEAST: Final = 1.0
"""Seconds of rounds, however long the calls took one after another."""
MOST_STUCK: Final = 20
"""Rounds that do not end, after which no other is begun: their threads stay for ever."""
MOST_ORDERS: Final = 1_000
INTERVAL: Final = 1e-6
"""Seconds between two switches of the interpreter in plain rounds; it switches about every 50 microseconds then."""
NEVER: Final = 1_000.0
"""Seconds, in place of that, while threads are nudged."""
CONFIDENCE: Final = 3.0
"""Not seen in n rounds: below 3/n with 95 % confidence (the rule of three)."""
ODDS: Final = 0.2
EVERY: Final = 0.2
"""Seconds between two calls that tell how far it is."""
NAMES: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(slots=True)
class Stressed:
    """What the rounds showed.

    Attributes:
        rounds: how many were run; `bad` of them ended as no serial order does, the first of those was number `first`.
        ending: of that one.
        orders: how many different outcomes the calls have one after another.
        python, seed, odds, seconds: the conditions. Odds are 0 for plain rounds.
        unsure: why nothing can be said; empty if something can.
    """

    program: Program
    seed: int
    odds: float
    rounds: int = 0
    bad: int = 0
    first: int = 0
    orders: int = 0
    seconds: float = 0.0
    unsure: str = ""
    ending: Ending | None = None

    def sentence(self) -> str:
        """The odds, in words."""
        how = f"nudged with odds of {self.odds:g}" if self.odds else "plain threads"
        where = f"({how}, {'with' if has_gil() else 'without'} a GIL, Python {sys.version.split()[0]})"
        if self.unsure:
            return f"Cannot tell: {self.unsure}"
        if self.bad:
            one_in = self.rounds / self.bad
            return (
                f"Seen in {self.bad} of {self.rounds} rounds, 1 in {one_in:.0f}; first in round {self.first} {where}."
            )
        return (
            f"Not seen in {self.rounds} rounds: with 95 % confidence it happens in fewer than 1 of"
            f" {max(1, int(self.rounds / CONFIDENCE))} such rounds here, which says nothing of other machines {where}."
        )


def stress(
    program: Program,
    seconds: float = 3.0,
    seed: int = 1,
    odds: float = ODDS,
    progress: Callable[[int, int], None] = lambda _rounds, _bad: None,
    enough: int = sys.maxsize,
) -> Stressed:
    """Run a program again and again with real threads.

    Args:
        seconds: of the calls one after another and all rounds together; a round that is under way ends first.
        seed: of the nudges.
        odds: of a nudge at each place; 0 for plain threads and a tiny switch interval.
        progress: is told the rounds and the bad ones now and then.
        enough: bad rounds after which it stops.
    """
    nudges = Nudges(odds, seed, everywhere=not has_gil()) if odds else None
    told, ends = Stressed(program, seed, odds), time.monotonic() + seconds
    with _quiet_crashes() as crashes, folder_of_its_own() as folder:
        source = Source(program, nudges, folder)
        serial = {
            outcome for order in orders(program.tasks) if (outcome := _serial(source, order, crashes)) is not None
        }
        told.orders = len(serial)
        if not serial:
            told.unsure = "one after another the calls never end, so there is nothing to compare with."
            return told
        begun = time.monotonic()
        with _switching(plain=nudges is None):
            _rounds(told, source, serial, crashes, max(ends, begun + LEAST), progress, enough)
        told.seconds = time.monotonic() - begun
    return told


def has_gil() -> bool:
    """Whether this Python has a global interpreter lock, and uses it."""
    asks: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    return asks()


def orders(tasks: Sequence[Sequence[str]]) -> Iterator[list[tuple[int, int]]]:
    """Every way to do the calls one after another, at most `MOST_ORDERS`; a call is its task and its number there."""

    def extended(done: list[tuple[int, int]], left: list[int]) -> Iterator[list[tuple[int, int]]]:
        if not any(left):
            yield done
        for task, many in enumerate(left):
            if many:
                rest = [each - (number == task) for number, each in enumerate(left)]
                yield from extended([*done, (task, len(tasks[task]) - many)], rest)

    for number, order in enumerate(extended([], [len(calls) for calls in tasks])):
        if number >= MOST_ORDERS:
            return
        yield order


def _rounds(
    told: Stressed,
    source: Source,
    serial: set[Ending],
    crashes: list[str],
    until: float,
    progress: Callable[[int, int], None],
    enough: int,
) -> None:
    stuck, told_at = 0, time.monotonic()
    while time.monotonic() < until and stuck < MOST_STUCK and told.bad < enough:
        crashes.clear()
        ending = _together(source, crashes)
        told.rounds += 1
        if ending not in serial:
            told.bad += 1
            if told.ending is None:
                told.first, told.ending = told.rounds, ending
        stuck += bool(ending.stuck)
        if time.monotonic() - told_at >= EVERY:
            told_at = time.monotonic()
            progress(told.rounds, told.bad)
    progress(told.rounds, told.bad)


def _serial(source: Source, order: Sequence[tuple[int, int]], crashes: list[str]) -> Ending | None:
    """What the calls come to in that order; None if one of them waits for ever."""
    crashes.clear()
    tasks = source.program.tasks
    module, it, known = source.fresh()
    answers: list[list[Answer | None]] = [[None] * len(calls) for calls in tasks]

    names = [dict(known) for _ in tasks]

    def all_of_them() -> None:
        for task, number in order:
            answers[task][number] = _attempt(source, tasks[task][number], module, it, names[task])

    if not _in_time(all_of_them, SERIAL_PATIENCE):
        return None
    return _ending(source, module, it, known, answers, crashes)


def _together(source: Source, crashes: list[str]) -> Ending:
    tasks = source.program.tasks
    module, it, known = source.fresh()
    answers: list[list[Answer | None]] = [[None] * len(calls) for calls in tasks]
    begin = threading.Barrier(len(tasks))

    def work(task: int) -> None:
        begin.wait()
        names = dict(known)
        for number, text in enumerate(tasks[task]):
            answers[task][number] = _attempt(source, text, module, it, names)

    threads = [threading.Thread(target=work, args=(task,), daemon=True) for task in range(len(tasks))]
    with source.nudged():
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))
    stuck = tuple(NAMES[task] for task, thread in enumerate(threads) if thread.is_alive())
    if stuck:
        return Ending(renumbered(tuple(map(tuple, answers)), {}), stuck=stuck)
    return _ending(source, module, it, known, answers, crashes)


def _ending(
    source: Source,
    module: ModuleType,
    it: object,
    known: dict[str, object],
    answers: Sequence[Sequence[Answer | None]],
    crashes: list[str],
) -> Ending:
    program = source.program
    then: list[Answer] = []
    broken: list[str] = []

    def observe() -> None:
        names = dict(known)
        then.extend(_attempt(source, text, module, it, names) for text in program.then)
        broken.extend(text for text in program.holds if not source.value(text, module, it, dict(known)))

    if not _in_time(observe, SERIAL_PATIENCE):
        return Ending(tuple(map(tuple, answers)), stuck=("then",), crashes=tuple(sorted(crashes)))
    told, observed = renumbered((tuple(map(tuple, answers)), tuple(then)), {})
    return Ending(told, observed, crashes=tuple(sorted(crashes)), broken=tuple(broken))


@dataclass(slots=True)
class _Object:
    name: str


class _Objects:
    """Names for objects in answers: they only have to differ, and are numbered anew for each round."""

    def thing(self, value: object, _: object) -> _Object:
        return _Object(f"object {id(value)}")


def _attempt(source: Source, text: str, module: ModuleType, it: object, names: dict[str, object]) -> Answer:
    try:
        return Answer("ok", comparable(source.value(text, module, it, names), _Objects()))
    except Exception as error:  # noqa: BLE001 - an answer as any other
        return Answer("raises", type(error).__name__)


def _in_time(body: Callable[[], None], patience: float) -> bool:
    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(patience)
    return not thread.is_alive()


@contextmanager
def _switching(plain: bool) -> Iterator[None]:
    """Plain threads are switched very often. Nudged ones only where they are nudged or wait: hooks are functions of
    Python, and where one of them begins there would be a place for a switch that the code itself does not have."""
    before = sys.getswitchinterval()
    if plain or has_gil():
        sys.setswitchinterval(INTERVAL if plain else NEVER)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def _quiet_crashes() -> Iterator[list[str]]:
    """The exceptions that end threads of the class's own are noted, and not printed."""
    crashes: list[str] = []
    before = threading.excepthook
    threading.excepthook = lambda told: crashes.append(told.exc_type.__name__)
    try:
        yield crashes
    finally:
        threading.excepthook = before


def leave(code: int) -> None:
    """End this process at once: threads that wait for ever do not keep it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
