"""Compares the search with one that recognises nothing and stops everywhere, on random programs.

    python -m tests.grading.classes.fuzz --cases 500

For each program and model: the same endings, the same verdict, and the same number of schedules for each ending. What
is too large to enumerate is replaced by the next one, and counted.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.search.run import DOES_NOT_REPEAT
from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import MOST_STEPS, Execution, Precedence
from racelab.grading.classes.exploring import Limits, Tally, explore, without_collecting
from racelab.grading.classes.judge import Judge
from racelab.grading.classes.oracle import Serial
from racelab.grading.classes.program import MODELS, Program
from racelab.grading.classes.result import Ending
from racelab.grading.classes.search import grade_program
from tests.grading.classes.random_programs import write_module

MOST = 500
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

    def end(self, run: Execution) -> Hashable:
        """One more."""
        outcome = outcome_of(run)
        self.seen[outcome] += 1
        return outcome


@dataclass(frozen=True)
class Case:
    """How a comparison went.

    Attributes:
        wrong: what differs; empty if nothing does.
        schedules, executions: how many there are, and how many the search ran.
        found: whether a schedule ends badly.
    """

    wrong: str
    schedules: int
    executions: int
    found: bool


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


def searched(bench: Bench, begin: Callable[[], Execution]) -> tuple[Counter[Hashable], Tally]:
    """The same by the search.

    Raises:
        TooLarge: there are too many to enumerate, or one does not end.
    """
    tally = Tally(Limits(20.0))
    policy, _ = explore(bench, tally, begin, Endings, Endings.end)
    if tally.unfinished or (counted := policy.count()).total() > MOST:
        raise TooLarge
    return counted, tally


def compare(program: Program, model: str) -> Case:
    """One program under one model.

    Raises:
        TooLarge: it cannot be enumerated.
    """
    with without_collecting():
        bench, wide = Bench.of(program, model), Bench.of(program, model)
        wide.places.racy = Everywhere()
        wide_counted, _ = searched(wide, lambda: Execution(wide))
        searched(bench, lambda: Serial(bench))
        counted, tally = searched(bench, lambda: Execution(bench))
        promised, _ = searched(bench, lambda: Serial(bench))
        unordered, _ = searched(bench, lambda: Execution(bench, in_order=False))
        known = bench.places.found()
        every = enumerated(lambda: Execution(bench))
        orders = enumerated(lambda: Serial(bench))
        everywhere = enumerated(lambda: Execution(wide))
        all_orders = enumerated(lambda: Serial(wide))
    judge = Judge(program)
    for ending, precedence in all_orders:
        judge.add(ending, precedence)
    bad = any(judge.kind(*outcome) or judge.wrong_by_itself(outcome[0]) for outcome in everywhere)
    result = grade_program(program, model)
    verdict = "found" if bad else "none" if judge.any_succeeds() else "cannot tell"
    wrong = {
        "racy places": known != bench.places.found(),
        "counts": counted != every,
        "counts with stops everywhere": wide_counted != everywhere,
        "orders": set(promised) != set(orders),
        "counts without order": _by_ending(unordered) != _by_ending(every),
        "endings": set(_by_ending(every)) != set(_by_ending(everywhere)),
        f"verdict {result.verdict} {result.unsure}, not {verdict}": result.verdict != verdict,
    }
    said = ", ".join(what for what, differs in wrong.items() if differs)
    return Case(said, everywhere.total(), tally.executions, bad)


def _by_ending(counts: Counter[Outcome] | Counter[Hashable]) -> Counter[Ending]:
    found: Counter[Ending] = Counter()
    for outcome, many in counts.items():
        assert isinstance(outcome, tuple)
        found[outcome[0]] += many
    return found


def main() -> int:
    """Compare as many as asked for. Returns the number of those that differ."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    begun, seed, done, too_large, wrong, found = monotonic(), given.seed, 0, 0, 0, 0
    with TemporaryDirectory() as folder:
        while done < given.cases:
            program = write_module(seed, Path(folder))
            model = MODELS[seed % 2]
            try:
                case = compare(program, model)
            except TooLarge:
                too_large += 1
                seed += 1
                continue
            except CannotDecide as reason:
                case = Case(str(reason), 0, 0, found=False)
            done += 1
            found += case.found
            wrong += bool(case.wrong)
            if case.wrong:
                print(f"seed {seed}, {model}: {case.wrong}", flush=True)
            if not done % 25:
                print(f"{done} done, {too_large} too large, {monotonic() - begun:.0f} s", flush=True)
            seed += 1
    seconds = monotonic() - begun
    print(f"{done - wrong} of {done} alike ({found} with a finding), {too_large} too large, {seconds:.0f} s")
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(), 1))
