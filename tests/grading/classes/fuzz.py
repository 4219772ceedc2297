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
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from unittest.mock import patch

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.search.run import DOES_NOT_REPEAT
from racelab.grading.classes import search
from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import MOST_STEPS, Execution, Precedence
from racelab.grading.classes.exploring import Limits, Tally, explore, without_collecting
from racelab.grading.classes.judge import Judge
from racelab.grading.classes.oracle import Serial
from racelab.grading.classes.program import MODELS, Program
from racelab.grading.classes.result import Ending
from tests.grading.classes.random_programs import write_module

MOST = 1_000
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
        schedules: how many there are with stops everywhere; 0 if they were too many to enumerate.
        executions: how many the search ran.
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
        searched(bench, lambda: Serial(bench))
        counted, tally = searched(bench, lambda: Execution(bench))
        promised, _ = searched(bench, lambda: Serial(bench))
        unordered, _ = searched(bench, lambda: Execution(bench, in_order=False))
        known = bench.places.found()
        every = enumerated(lambda: Execution(bench))
        orders = enumerated(lambda: Serial(bench))
        wrong = {
            "racy places": known != bench.places.found(),
            "counts": counted != every,
            "orders": set(promised) != set(orders),
            "counts without order": _by_ending(unordered) != _by_ending(every),
        }
        everywhere = Counter[Outcome]()
        wide.places.racy = Everywhere()
        with suppress(TooLarge):
            wide_counted, _ = searched(wide, lambda: Execution(wide))
            everywhere = enumerated(lambda: Execution(wide))
            all_orders = enumerated(lambda: Serial(wide))
    if everywhere:
        bad, verdict, said = _verdicts(program, model, everywhere, all_orders)
        wrong["counts with stops everywhere"] = wide_counted != everywhere
        wrong["endings"] = set(_by_ending(every)) != set(_by_ending(everywhere))
        wrong[f"verdict {said}, not {verdict}"] = said != verdict
    told = ", ".join(what for what, differs in wrong.items() if differs)
    return Case(told, everywhere.total(), tally.executions, everywhere.total() > 0 and bad)


def _verdicts(
    program: Program, model: str, everywhere: Counter[Outcome], orders: Counter[Outcome]
) -> tuple[bool, str, str]:
    """Whether any schedule ends badly, what the verdict ought to be, and what it is."""
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
    return bad, verdict, said


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
    begun, seed, done, without, too_large, wrong, found = monotonic(), given.seed, 0, 0, 0, 0, 0
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
            done += case.schedules > 0
            without += not case.schedules
            found += case.found
            wrong += bool(case.wrong)
            if case.wrong:
                print(f"seed {seed}, {model}: {case.wrong}", flush=True)
            if not (done + without) % 50:
                print(f"{done} done, {monotonic() - begun:.0f} s", flush=True)
            seed += 1
    seconds = monotonic() - begun
    print(f"{done + without - wrong} of {done + without} alike, {found} of them with a finding, in {seconds:.0f} s.")
    print(f"{without} have too many schedules with stops everywhere; {too_large} more have too many without.")
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(), 1))
