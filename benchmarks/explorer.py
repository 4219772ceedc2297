"""What the explorer and the checker cost, beside frontrun and interleave-test, and whether all three agree.

    python benchmarks/explorer.py                about twelve minutes with both peers, two without
    python benchmarks/explorer.py --part plain   executions a second on plain classes: some four minutes
    python benchmarks/explorer.py --quick        a look; the peers judge four managers instead of eighteen

The peers are optional. In an environment of their own, on Python 3.12 or newer, both can be asked:

    python3.12 -m venv /tmp/peers && /tmp/peers/bin/pip install --require-hashes -r requirements-peers.txt
    /tmp/peers/bin/python benchmarks/explorer.py
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

if not __package__:  # run by path: Python then searches this folder first, whose http.py would hide its own `http`
    sys.path.pop(0)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._agreement import Agreement, agree, say_agreement
from benchmarks._explorer_page import KEPT, write
from benchmarks._histories import fresh, play, with_one_wrong
from benchmarks._managers import schedule_rates, speed_targets
from benchmarks._peers import PEERS, Peer
from benchmarks._plain import PEERS_PATIENCE, plain_rates, plain_targets, verdicts
from benchmarks._rates import counterpart, ratios, say_rates
from benchmarks._report import Target, environment, say_environment, say_table, say_targets
from racelab.catalogue import matrix
from racelab.checker import Operation, State, check
from racelab.explorer import SCENARIOS, Does, Findings, Scenario, explore

BUGS = ("lost-update", "stale-overwrite", "cleanup-leak", "phantom-delete")
OPERATIONS, CLIENTS = 1_000, 8
MIXES = {
    "writes": ("increment_access", "update_session"),
    "writes, reads": ("increment_access", "update_session", "get_session"),
}
WRONG = ", one wrong"
SESSIONS = {"one session": ("s1",), "eight sessions": tuple(f"s{n}" for n in range(CLIENTS))}


def main() -> None:
    """Measure, and say what came out."""
    options = _options()
    here = [peer for peer in PEERS if not peer.missing()]
    peers = " and ".join(f"{peer.name} {peer.version()}" for peer in here) or "none"
    clock = "processor" if options.clock is time.process_time else "wall"
    found = environment(rounds=options.rounds, seconds=options.seconds, clock=clock, peers=peers)
    say_environment(found)
    skipped = [peer.missing() for peer in PEERS if peer.missing()]
    print("".join(f"\nSKIPPED: {reason}" for reason in skipped))
    told: dict[str, Any] = {}
    targets: list[Target] = []
    for part in options.part:
        reached, numbers = PARTS[part](options, here)
        targets += reached
        told[part] = {"environment": found, **numbers, "targets": [target.as_json() for target in reached]}
    say_targets(targets)
    if not here:
        print("  NOT MEASURED: ours against the peers, and whether they agree. No peer is here.")
    print("\n" + WHAT_IS_WHAT)
    if options.json:
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if options.write:
        write(told)


def plain_part(options: argparse.Namespace, peers: Sequence[Peer]) -> tuple[list[Target], dict[str, Any]]:
    """Plain classes: executions a second, and verdicts."""
    ours, theirs = plain_rates(peers, options.rounds, options.seconds, options.clock)
    said = verdicts(peers, options.rounds)
    say_rates("Plain classes, unmodified", ours, theirs)
    rows = [(f"{one.program}, {one.tool}", [f"{one.seconds:.3f}", str(one.executions), one.verdict]) for one in said]
    say_table("The verdict on each", ["seconds", "executions", "verdict"], rows)
    told = {
        "rates": [rate.as_json() for rate in (*ours, *theirs)],
        "ratios": {rate.name: ratios(counterpart(rate, ours), rate) for rate in theirs},
        "verdicts": [one.as_json() for one in said],
        "patience": PEERS_PATIENCE,
    }
    return plain_targets(ours, theirs, said), told


def managers_part(options: argparse.Namespace, peers: Sequence[Peer]) -> tuple[list[Target], dict[str, Any]]:
    """The managers' explorer: schedules a second."""
    ours, theirs = schedule_rates(peers, options.rounds, options.seconds, options.increments, options.clock)
    say_rates(f"Two tasks, {options.increments} times read-modify-write each", ours, theirs)
    told = {
        "rates": [rate.as_json() for rate in (*ours, *theirs)],
        "ratios": {rate.name: ratios(counterpart(rate, ours), rate) for rate in theirs},
    }
    return speed_targets(ours, theirs, [peer.missing() for peer in PEERS if peer.missing()]), told


def costs_part(options: argparse.Namespace, _: Sequence[Peer]) -> tuple[list[Target], dict[str, Any]]:
    """What an exploration, the matrix, a witness and a check cost."""
    witnesses = first_witnesses(options.rounds)
    decided = [decide(scenario, variant) for scenario in SCENARIOS.values() for variant in ("buggy", "fixed")]
    seconds, cells = matrix_time()
    checks = check_times(options.rounds)
    say_costs(decided, witnesses, checks)
    told = {
        "two_by_two": [asdict(one) for one in decided],
        "matrix": {"seconds": seconds, **cells},
        "first_witness_ms": witnesses,
        "check_ms": checks,
    }
    return cost_targets(decided, seconds, cells, witnesses, checks), told


def agreement_part(options: argparse.Namespace, peers: Sequence[Peer]) -> tuple[list[Target], dict[str, Any]]:
    """Whether the peers say what we say of the managers."""
    agreements = agree(peers, options.quick)
    say_agreement(agreements, peers)
    return agreement_targets(agreements), {"programs": [one.as_json() for one in agreements]}


PARTS: dict[str, Callable[[argparse.Namespace, Sequence[Peer]], tuple[list[Target], dict[str, Any]]]] = {
    "plain": plain_part,
    "managers": managers_part,
    "costs": costs_part,
    "agreement": agreement_part,
}


WHAT_IS_WHAT = """\
Executions and schedules per second are those of the clock on the wall, or with --processor of what each process has
worked, for everybody; our other times are ours alone and, but for verdicts, the processor's. What each tool counts:
ours: one execution from a fresh world to its judgement. On plain classes: by grading's engine, which stops before each
operation of a lock and before accesses that race, inside of a line too. On managers: before every acquire, sleep and
database call. dfs is all schedules, none recognised (`reduce=False`), random draws some.
frontrun: one execution in threads, traced by bytecode. dpor runs one of each class of orders that differ in what they
touch, random any. `clock="virtual"`, and without looking for I/O, which is quicker.
interleave-test: one execution in threads. dfs runs all orders of bytecode instructions (`opcode`, which it does unless
told otherwise), or of lines, with two preemptions at most; random and pct draw some.
Theirs are told how a plain class may end, which ours finds out before its turn, and look at the same answers. Of a
manager they look whether the number is right at the end, and for buggy.py whether memory and database say the same.
'RW lock' and 'plain lock' are one number behind that lock, read and later written; 'buggy.py' is the whole manager.
Compared is the same program under the same kind of search. Whoever has tried all begins anew, and that is counted in.
'One wrong': 9/10 through the history somebody is told a number that another was told."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Read ratios, not rates. A target that is not reached is printed as such; the exit code stays 0.",
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often everybody takes a turn (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one turn (default 1)")
    parser.add_argument(
        "--increments", type=int, default=3, help="how often each task reads and writes where rates are compared"
    )
    parser.add_argument(
        "--processor",
        action="store_const",
        dest="clock",
        const=time.process_time,
        default=time.perf_counter,
        help="rates by the processor's time, not by the clock on the wall: on a machine that others use as well",
    )
    parser.add_argument("--part", nargs="+", choices=PARTS, default=tuple(PARTS), help="only these")
    parser.add_argument("--json", metavar="FILE", help="also write everything here")
    parser.add_argument(
        "--write", action="store_true", help=f"put what was measured into docs/{KEPT.name} and its page"
    )
    parser.add_argument("--quick", action="store_true", help="2 short rounds, and fewer programs to agree on")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 0.3
    if options.rounds < 1 or options.seconds <= 0 or options.increments < 1:
        parser.error("--rounds, --seconds and --increments are above 0.")
    return options


def two_by_two(scenario: Scenario) -> Scenario:
    """The same with two operations in each of the first two tasks. A third, such as the clock's, stays as it is."""
    doubled = [_two(calls) if place < 2 else calls for place, calls in enumerate(scenario.tasks)]
    return replace(scenario, tasks=tuple(doubled))


def _two(calls: tuple[Does, ...]) -> tuple[Does, ...]:
    return calls if len(calls) == 2 else (calls[0], calls[0].again(2))


@dataclass(frozen=True, slots=True)
class Decided:
    """One scenario on one manager at two operations a task: how it was decided, and in what time."""

    name: str
    verdict: str
    schedules: int
    executions: int
    seconds: float
    reason: str

    def cells(self) -> list[str]:
        """As a table has it."""
        return [f"{self.seconds:.2f}", f"{self.schedules:,}", f"{self.executions:,}", self.verdict]


def decide(scenario: Scenario, variant: str) -> Decided:
    """Try all schedules."""
    gc.collect()  # what earlier searches left is not this one's cost
    begun = time.process_time()
    found: Findings = explore(two_by_two(scenario), variant)
    seconds = time.process_time() - begun
    verdict = found.verdict if found.exhausted else "cannot tell"
    return Decided(f"{scenario.name}, {variant}", verdict, found.schedules, found.executions, seconds, found.unsure)


def matrix_time() -> tuple[float, dict[str, int]]:
    """Seconds for the whole matrix; and how many cells it has, and how many of them are undecided."""
    begun = time.process_time()
    cells = matrix.compute()["cells"]
    seconds = time.process_time() - begun
    verdicts = [cell["verdict"] for row in cells.values() for cell in row.values()]
    return seconds, {"cells": len(verdicts), "undecided": verdicts.count("cannot tell")}


def first_witnesses(rounds: int) -> dict[str, list[float]]:
    """Milliseconds to the first schedule that shows a bug, by scenario; the first of each list is the coldest."""
    times: dict[str, list[float]] = {name: [] for name in BUGS}
    for _ in range(2 * rounds + 1):
        for name, taken in times.items():
            begun = time.process_time()
            found = explore(SCENARIOS[name], "buggy", stop_at_first=True)
            taken.append(1000 * (time.process_time() - begun))
            if not found.witnesses:
                sys.exit(f"{name} was not found: nothing was measured. {found.unsure}")
    return times


def check_times(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of one general check, by kind of history; one number for each history."""
    times: dict[str, list[float]] = {}
    for where, sessions in SESSIONS.items():
        opened = State.of({name: fresh(name) for name in sessions})
        for what, methods in MIXES.items():
            for seed in range(2 * rounds + 1):
                right = play(seed, OPERATIONS, CLIENTS, sessions, methods)
                wrong = with_one_wrong(right, 0.9)
                name = f"{where}: {what}"
                times.setdefault(name, []).append(_check_time(right, opened, "linearizable"))
                times.setdefault(f"{name}{WRONG}", []).append(_check_time(wrong, opened, "not linearizable"))
    return times


def _check_time(history: Sequence[Operation], opened: State, expected: str) -> float:
    gc.collect()  # what was left over from playing it
    begun = time.process_time()
    answer = check(history, opened).answer
    taken = 1000 * (time.process_time() - begun)
    if answer != expected:
        sys.exit(f"The checker says {answer!r} about a history that is {expected}: nothing was measured.")
    return taken


def say_costs(decided: Sequence[Decided], witnesses: dict[str, list[float]], checks: dict[str, list[float]]) -> None:
    """Print the slowest explorations, the first witnesses, and the checks."""
    slowest = sorted(decided, key=lambda one: one.seconds, reverse=True)[:5]
    title = f"All schedules of two operations a task: the slowest five of {len(decided)}"
    columns = ["seconds", "schedules", "executions", "verdict"]
    say_table(title, columns, [(one.name, one.cells()) for one in slowest])
    cells = {name: [f"{statistics.median(taken):.2f}", f"{taken[0]:.2f}"] for name, taken in witnesses.items()}
    say_table("The first witness", ["median ms", "first ms"], cells.items())
    cells = {name: [f"{statistics.median(taken):.1f}", f"{max(taken):.1f}"] for name, taken in checks.items()}
    title = f"A general check of {OPERATIONS} increments and updates (and reads) by {CLIENTS} clients"
    say_table(title, ["median ms", "worst ms"], cells.items())


def cost_targets(
    decided: Sequence[Decided],
    seconds: float,
    cells: dict[str, int],
    witnesses: dict[str, list[float]],
    checks: dict[str, list[float]],
) -> list[Target]:
    """What an exploration, the matrix, a witness and a check may cost."""
    slowest = max(decided, key=lambda one: one.seconds)
    undecided = sum(one.verdict == "cannot tell" for one in decided)
    late = max(witnesses, key=lambda name: statistics.median(witnesses[name]))
    valid = max((name for name in checks if WRONG not in name), key=lambda name: max(checks[name]))
    invalid = max((name for name in checks if WRONG in name), key=lambda name: max(checks[name]))
    return [
        _most(f"two by two: undecided of {len(decided)}", undecided, 0),
        _most(f"two by two: the slowest ({slowest.name})", slowest.seconds, 1, " s"),
        _most(f"the matrix: undecided of {cells['cells']}", cells["undecided"], 0),
        _most("the whole matrix", seconds, 30, " s"),
        _most(f"first witness ({late})", statistics.median(witnesses[late]), 20, "ms"),
        _most(f"check of {OPERATIONS} operations, the slowest valid ({valid})", max(checks[valid]), 50, "ms"),
        _most(f"check of {OPERATIONS} operations, the slowest invalid ({invalid})", max(checks[invalid]), 200, "ms"),
    ]


def _most(name: str, measured: float, limit: float, unit: str = "") -> Target:
    return Target(name, measured, limit, most=True, unit=unit)


def agreement_targets(agreements: Sequence[Agreement]) -> list[Target]:
    """Nobody may contradict us."""
    answers = sum(one.answered() for one in agreements)
    if not answers:
        return []
    return [_most(f"contradictions in {answers} verdicts of peers", sum(one.against() for one in agreements), 0)]


if __name__ == "__main__":
    main()
