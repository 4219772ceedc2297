"""Compares the search with one that recognises nothing and stops everywhere, on random programs.

    python -m tests.grading.classes.fuzz --cases 500

For each program, under one of the two models:

* with stops at the places that race, and with stops at every access, the search and an enumeration that runs each
  schedule on its own give the same endings, and the same number of schedules for each ending (where it ends at the
  object, with answers, observations, exceptions and the order of the calls);
* stops at every access give no ending that stops at the places that race do not give;
* the calls one after another give the same endings both ways;
* the verdict is the one that follows from the enumeration with stops everywhere.

The size of a program is estimated from its text, and only that decides which programs are run. One that cannot be
enumerated all the same counts as a failure.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from unittest.mock import patch

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.garbage import without_collecting
from racelab.explorer.search.run import DOES_NOT_REPEAT
from racelab.grading.classes import search
from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import MOST_STEPS, Execution, Precedence
from racelab.grading.classes.exploring import Judged, Limits, Tally, explore
from racelab.grading.classes.judge import Judge
from racelab.grading.classes.oracle import Serial
from racelab.grading.classes.program import MODELS, Program
from racelab.grading.classes.result import FOUND, NONE, Ending
from tests.grading.classes.random_programs import write_module

MOST = 10_000
"""Executions of one enumeration."""
Outcome = tuple[Ending, Precedence]


class TooLarge(Exception):
    """There are more schedules than can be enumerated."""


class Everywhere(set[int]):
    """Places of which each is racy."""

    def __contains__(self, place: object) -> bool:
        return True


class Endings:
    """Takes down every ending."""

    def __init__(self) -> None:
        self.seen: Counter[Outcome] = Counter()

    def end(self, run: Execution) -> Judged:
        """One more."""
        outcome = outcome_of(run)
        self.seen[outcome] += 1
        return lambda: outcome


@dataclass(frozen=True)
class Case:
    """How a comparison went.

    Attributes:
        wrong: what differs; empty if nothing does.
        schedules: how many there are with stops everywhere.
        verdict: what the enumeration with stops everywhere says.
        by_locking: whether nothing is found, and something is in the same program without its lock.
    """

    wrong: str
    schedules: int = 0
    verdict: str = ""
    by_locking: bool = False


def outcome_of(run: Execution) -> Outcome:
    """How it ended; without words, in which locks have names that depend on the way there."""
    return replace(run.ending(), waiting=()), run.precedence()


def enumerated(begin: Callable[[], Execution]) -> Counter[Outcome]:
    """Every schedule, one execution for each.

    Raises:
        TooLarge: there are too many, or one does not end.
    """
    found: Counter[Outcome] = Counter()
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        if found.total() >= MOST:
            raise TooLarge
        with begin() as run:
            for name in waiting.pop():
                task = run.named(name)
                if task is None:
                    raise CannotDecide(DOES_NOT_REPEAT)
                run.step(task)
            while ready := run.ready():
                if len(run.turns) >= MOST_STEPS:
                    raise TooLarge
                waiting += [(*run.turns, other.name) for other in ready[1:]]
                run.step(ready[0])
            found[outcome_of(run)] += 1
    return found


def searched(bench: Bench, begin: Callable[[], Execution]) -> Counter[Hashable]:
    """The same by the search.

    Raises:
        TooLarge: there are too many to enumerate, or one does not end.
    """
    tally = Tally(Limits(20.0))
    policy, _ = explore(bench, tally, begin, Endings, Endings.end)
    if tally.unfinished or (counted := policy.count()).total() > MOST:
        raise TooLarge
    return counted


def compare(program: Program, model: str) -> Case:
    """One program under one model.

    Raises:
        TooLarge: it cannot be enumerated.
    """
    with without_collecting():
        bench, wide = Bench.of(program, model), Bench.of(program, model)
        searched(bench, lambda: Serial(bench))
        counted = searched(bench, lambda: Execution(bench))
        promised = searched(bench, lambda: Serial(bench))
        unordered = searched(bench, lambda: Execution(bench, in_order=False))
        known = bench.places.found()
        every = enumerated(lambda: Execution(bench))
        orders = enumerated(lambda: Serial(bench))
        wrong = {
            "racy places": known != bench.places.found(),
            "counts": counted != every,
            "orders": set(promised) != set(orders),
            "counts without order": _by_ending(unordered) != _by_ending(every),
        }
        wide.places.racy = Everywhere()
        wide_counted = searched(wide, lambda: Execution(wide))
        everywhere = enumerated(lambda: Execution(wide))
        all_orders = enumerated(lambda: Serial(wide))
    verdict, said = _verdicts(program, model, everywhere, all_orders)
    wrong["counts with stops everywhere"] = wide_counted != everywhere
    wrong["endings"] = set(_by_ending(every)) != set(_by_ending(everywhere))
    wrong[f"verdict {said}, not {verdict}"] = said != verdict
    return Case(", ".join(what for what, differs in wrong.items() if differs), everywhere.total(), verdict)


def _verdicts(program: Program, model: str, everywhere: Counter[Outcome], orders: Counter[Outcome]) -> tuple[str, str]:
    """What the verdict ought to be, and what it is."""
    judge = Judge(program)
    for ending, precedence in orders:
        judge.add(ending, precedence)
    by_itself = any(judge.wrong_by_itself(ending) for ending, _ in orders)
    bad = by_itself or (judge.any_succeeds() and any(judge.kind(*outcome) for outcome in everywhere))
    verdict = "found" if bad else "none" if judge.any_succeeds() else "cannot tell"
    said = verdict
    for small in (0, search.SMALL):  # without the order of the calls first, and with it at once
        with patch.object(search, "SMALL", small):
            result = search.grade_program(program, model)
        if result.verdict != verdict:
            said = f"{result.verdict} {result.unsure}"
    return verdict, said


def _by_ending(counts: Counter[Outcome] | Counter[Hashable]) -> Counter[Ending]:
    found: Counter[Ending] = Counter()
    for outcome, many in counts.items():
        assert isinstance(outcome, tuple)
        found[outcome[0]] += many
    return found


def fuzzed(folder: Path, seed: int) -> Case:
    """One random program, under the model that its seed gives."""
    model = MODELS[seed % 2]
    made = write_module(seed, folder, model)
    try:
        case = compare(made.program, model)
    except TooLarge:
        return Case("too many schedules to enumerate")
    except CannotDecide as reason:
        return Case(str(reason))
    if made.unlocked is None or case.verdict != NONE:
        return case
    return replace(case, by_locking=search.grade_program(made.unlocked, model).verdict == FOUND)


def main() -> int:
    """Compare as many as asked for. Returns the number of those that differ."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    begun, wrong, locking, schedules, verdicts = monotonic(), 0, 0, 0, Counter[str]()
    seeds = range(given.seed, given.seed + given.cases)
    with TemporaryDirectory() as folder, ProcessPoolExecutor(given.processes, get_context("spawn")) as pool:
        for done, case in enumerate(pool.map(partial(fuzzed, Path(folder)), seeds, chunksize=5), 1):
            verdicts[case.verdict] += 1
            locking += case.by_locking
            schedules += case.schedules
            wrong += bool(case.wrong)
            if case.wrong:
                seed = seeds[done - 1]
                print(f"seed {seed}, {MODELS[seed % 2]}: {case.wrong}", flush=True)
            if not done % 50:
                print(f"{done} done, {wrong} differ, {monotonic() - begun:.0f} s", flush=True)
    processor = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    print(
        f"{given.cases - wrong} of {given.cases} alike: {verdicts[FOUND]} with a finding, {verdicts[NONE]} with none"
        f" ({locking} by their lock alone), {verdicts['cannot tell']} in which no call succeeds;"
        f" {schedules:,} schedules with stops everywhere; seeds {seeds.start} to {seeds.stop - 1}, both models in turn;"
        f" {monotonic() - begun:.0f} s, {processor:.0f} s of processors, in {given.processes} processes"
        f" on {os.cpu_count()} cores,"
        f" Python {platform.python_version()}."
    )
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(), 1))
