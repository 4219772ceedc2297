"""One peer at work, in a process of its own: it patches `threading` and `time`, and may leave threads behind.

    python -m benchmarks._peer_process interleave_test < orders.json

Reads a list of orders, does one after another, and writes the list of reports as its last line. The peers are untyped
and optional, so they are imported by name, here and nowhere else. frontrun insists on its own launcher; see `_peers`.
"""

from __future__ import annotations

import importlib
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from time import perf_counter, process_time  # the real ones: peers replace them in the module `time`
from typing import Any, Protocol

from benchmarks._known import BY_NAME, KNOWN, Known, thread
from benchmarks._peers import TURN, Order, Report
from racelab.catalogue.variants import VARIANTS
from session_manager import ThreadRuntime
from session_manager.databases import DatabaseDials, MemoryDatabase

TASKS = (0, 1)
PREEMPTIONS = 2
"""What both peers allow at most unless they are told otherwise."""


class Program(Protocol):
    """What two tasks do, made anew for each schedule."""

    def task(self, number: int) -> None:
        """One task's operation."""

    def right(self, times: int) -> bool:
        """Whether nothing is lost at the end, when each task has done it so often."""


class PlainLock:
    """A number behind a `threading.Lock`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value = 0

    def task(self, number: int) -> None:  # noqa: ARG002
        """Read, and write later."""
        with self._lock:
            value = self._value
        with self._lock:
            self._value = value + 1

    def right(self, times: int) -> bool:
        """All were counted."""
        return self._value == len(TASKS) * times


class PlainLockHeld(PlainLock):
    """The same, right."""

    def task(self, number: int) -> None:  # noqa: ARG002
        """Read and write."""
        with self._lock:
            self._value += 1


class ReaderWriterLock:
    """A number behind the managers' own reader-writer lock, which is made of a `threading.Condition`."""

    def __init__(self) -> None:
        self._cell = ThreadRuntime().rwlock("number", [0])

    def task(self, number: int) -> None:  # noqa: ARG002
        """Read, and write later."""
        with self._cell.read() as cell:
            value = cell[0]
        with self._cell.write() as cell:
            cell[0] = value + 1

    def right(self, times: int) -> bool:
        """All were counted."""
        return self._cell.peek()[0] == len(TASKS) * times


class ReaderWriterLockHeld(ReaderWriterLock):
    """The same, right."""

    def task(self, number: int) -> None:  # noqa: ARG002
        """Read and write."""
        with self._cell.write() as cell:
            cell[0] += 1


class Increment:
    """A manager as it stands, with real locks and its in-memory database; accesses of one session are counted."""

    keys = 0

    def __init__(self, variant: str) -> None:
        runtime = ThreadRuntime()
        self._database = MemoryDatabase(runtime, DatabaseDials())
        self._manager = VARIANTS[variant](self._database, runtime)
        self._id = self._manager.create_session("user", "visitor")

    def task(self, number: int) -> None:  # noqa: ARG002
        """Count one access."""
        self._manager.increment_access(self._id)

    def right(self, times: int) -> bool:
        """Everything is there, in memory and in the database."""
        held, row = self._manager.census().sessions[self._id], self._database.read(self._id)
        assert row is not None
        found = [(data.access_count, len(data.metadata)) for data in (held, row.data)]
        return found == [(len(TASKS) * times, self.keys)] * 2


class Update(Increment):
    """The same, setting keys."""

    keys = len(TASKS)

    def task(self, number: int) -> None:
        """Set a key of its own."""
        self._manager.update_session(self._id, f"key-{number}", "set")


NUMBERS: dict[tuple[str, str], Callable[[], Program]] = {
    ("plain lock", "gap"): PlainLock,
    ("plain lock", "held"): PlainLockHeld,
    ("reader-writer lock", "gap"): ReaderWriterLock,
    ("reader-writer lock", "held"): ReaderWriterLockHeld,
}


def maker(order: Order) -> Callable[[], Program]:
    """What makes an order's program."""
    if (number := NUMBERS.get((order.program, order.subject))) is not None:
        return number
    if order.program == KNOWN:
        return lambda: Known(order.subject, order.allowed)
    kind = Update if order.program == "update" else Increment
    return lambda: kind(order.subject)


def worker(order: Order, number: int) -> Callable[[Any], None]:
    """What one of its threads does."""
    return thread(order.subject, number) if order.program == KNOWN else partial(_repeat, order.times, number)


def _repeat(times: int, number: int, program: Program) -> None:
    """One task."""
    for _ in range(times):
        program.task(number)


def frontrun(peer: Any, order: Order) -> Report:
    """Explore with frontrun. Its clock is virtual, or it gives up on a Condition, unless the real one is asked for."""
    right: list[bool] = []
    rate = order.question == "rate"

    def judge(program: Program) -> bool:
        right.append(program.right(order.times))
        return rate or right[-1]

    strategy, _, real = order.setting.partition(", ")
    more: dict[str, object] = {"preemption_bound": None if rate else PREEMPTIONS, "stop_on_first": not rate}
    if strategy == "random":
        more = {"max_attempts": TURN}
    begun, worked, explored = perf_counter(), process_time(), 0
    while not explored or (rate and perf_counter() - begun < order.seconds):
        found = peer.explore(
            setup=maker(order),
            workers=[worker(order, number) for number in range(order.tasks)],
            invariant=judge,
            strategy=strategy,
            clock="real" if real else "virtual",
            total_timeout=order.seconds,
            reproduce_on_failure=0,
            detect_io=False,  # nothing here does any, and it is quicker without
            **more,
        )
        explored += found.num_explored
    seconds, worked = perf_counter() - begun, process_time() - worked
    verdict, reason = ("rate", "") if rate else _certificate(order, found, seconds)
    return Report(verdict, explored, right.count(False), seconds, reason, worked)


def _certificate(order: Order, found: Any, seconds: float) -> tuple[str, str]:
    """What frontrun's outcome means. It certifies also what it did not finish, so its time is looked at as well."""
    ran = f"{found.num_explored} schedules"
    if found.property_holds is None:
        return "cannot tell", str(found.inconclusive_reason)
    if not found.property_holds and str(found.explanation).startswith("Deadlock"):
        meant = order.program == KNOWN and BY_NAME[order.subject].fault == "deadlock"
        return ("found" if meant else "cannot tell"), f"a deadlock, after {ran}"
    if not found.property_holds:
        return "found", f"the invariant was broken, after {ran}"
    if seconds >= order.seconds:
        return "cannot tell", f"{order.seconds:g} s were over after {ran}; it claims `property_holds=True` all the same"
    return "none", f"{ran} that differ in what they touch, {PREEMPTIONS} preemptions at most"


def interleave_test(peer: Any, order: Order) -> Report:
    """Explore with interleave-test."""
    right: list[bool] = []
    make_program = maker(order)

    def model() -> None:
        with peer.no_interleave():
            program = make_program()
            tasks = [peer.spawn(worker(order, number), program) for number in range(order.tasks)]
        for task in tasks:
            task.join()
        with peer.no_interleave():
            right.append(program.right(order.times))
        assert right[-1] or order.question == "rate"

    kind, _, granularity = order.setting.partition(" by ")
    chance = {"pct": peer.PCTStrategy, "random": peer.RandomStrategy}
    new: Callable[[], Any] = chance.get(kind, lambda: peer.DFSStrategy(PREEMPTIONS))
    search, explored, failure = new(), 0, None
    begun, worked = perf_counter(), process_time()
    while failure is None and perf_counter() - begun < order.seconds:
        if search.exhausted:
            if order.question == "verdict":
                break
            search = new()
        # The seed grows, or each turn of a search by chance would be the first one again.
        found = peer.explore(
            model,
            strategy=search,
            granularity=granularity,
            iterations=TURN,
            seed=explored,
            exclude=[__file__] if order.program == KNOWN else None,  # elsewhere the programs are in here
            raise_on_failure=False,
        )
        explored, failure = explored + found.schedules_run, found.failure
    seconds, worked = perf_counter() - begun, process_time() - worked
    verdict, reason = _verdict(order, explored, failure, search.exhausted)
    return Report(verdict, explored, right.count(False), seconds, reason, worked)


def _verdict(order: Order, explored: int, failure: Any, exhausted: bool) -> tuple[str, str]:
    """What interleave-test's outcome means."""
    if failure is not None:
        lost = failure.kind == "exception" and isinstance(failure.exception, AssertionError)
        # A daemon that waits at the end is a deadlock to it as well, so that counts only where one is meant.
        lost |= failure.kind == "deadlock" and order.program == KNOWN and BY_NAME[order.subject].fault == "deadlock"
        return ("found" if lost else "cannot tell"), f"{failure.kind} {failure.exception!r}, after {explored} schedules"
    if order.question == "rate":
        return "rate", ""
    if exhausted:
        return "none", f"all {explored} schedules {order.setting.partition(' ')[2]}, {PREEMPTIONS} preemptions at most"
    return "cannot tell", f"nothing in {explored} schedules, and more were left after {order.seconds:g} s"


PEERS: dict[str, Callable[[Any, Order], Report]] = {"frontrun": frontrun, "interleave_test": interleave_test}


def main() -> None:
    """Do what is ordered."""
    name = sys.argv[1]
    peer = importlib.import_module(name)
    reports = [PEERS[name](peer, Order(**order)) for order in json.load(sys.stdin)]
    sys.stdout.write("\n" + json.dumps([asdict(report) for report in reports]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
