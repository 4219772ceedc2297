"""The programs of SCTBench, written anew as Python classes: which are found, and after how many schedules.

    python benchmarks/known_bugs.py             some ten minutes; with the peers twenty
    python benchmarks/known_bugs.py --only CS.reorder_3_bad CS.stack_bad
    python benchmarks/known_bugs.py --json known_bugs.json

Thomson, Donaldson and Betts ("Concurrency testing using controlled schedulers: an empirical study", ACM TOPC 2016) gave
each technique 10,000 schedules, and so does this. Their originals are C with POSIX threads; ours are Python, smaller
where the table says so, and stop where CPython can switch. So the numbers beside ours are of the originals.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

if not __package__:  # run by path: Python then searches this folder first, whose http.py would hide its own `http`
    sys.path.pop(0)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._first_bug import POLICIES, FirstBug, Promises, first_bugs, promises
from benchmarks._known import KNOWN, told
from benchmarks._peers import PEERS, Order, Peer, Report
from benchmarks._report import environment, say_environment, say_table
from benchmarks.sctbench.program import KnownBug
from benchmarks.sctbench.table import PROGRAMS
from racelab.grading.classes.program import GIL, Program
from racelab.grading.classes.result import FOUND, Answer, Result
from racelab.grading.classes.search import grade_program

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Row:
    """One program: what `grade` says, how each way to search did, and each peer."""

    bug: KnownBug
    result: Result
    searches: dict[str, FirstBug]
    peers: dict[str, Report]

    def cells(self) -> list[str]:
        """As the table has it."""
        result, period = self.result, self.bug.period
        cells = [str(len(self.bug.tasks)), result.verdict, result.kind or "-", str(result.preemptions)]
        cells += [str(self.searches[name]) for name in POLICIES]
        cells += [
            str(report.schedules) if report.verdict == FOUND else report.verdict for report in self.peers.values()
        ]
        return [*cells, "-" if period is None else str(period)]

    def as_json(self) -> dict[str, object]:
        """As `--json` writes it."""
        result = self.result
        return {
            "program": self.bug.name,
            "threads": len(self.bug.tasks),
            "original": {"threads": self.bug.threads, "points": self.bug.points, "period": self.bug.period},
            "smaller": self.bug.note,
            "verdict": result.verdict,
            "kind": result.kind,
            "schedule": result.schedule,
            "preemptions": result.preemptions,
            "executions": result.executions,
            "seconds": round(result.seconds, 3),
            "unsure": result.unsure,
            "searches": {name: asdict(search) for name, search in self.searches.items()},
            "peers": {name: asdict(report) for name, report in self.peers.items()},
        }


def program_of(bug: KnownBug) -> Program:
    """What the grader is given."""
    return Program(str(bug.root), bug.module, bug.make, bug.tasks, bug.then, bug.holds, spec=bug.spec)


def measure(bug: KnownBug, peers: list[Peer], seconds: float) -> Row:
    """Grade one program, search it in each way, and let the peers do so."""
    program = program_of(bug)
    known = promises(program, seconds)
    asked = {peer.name: ask(peer, bug, known, seconds) for peer in peers}
    return Row(bug, grade_program(program, GIL, seconds), first_bugs(known, seconds), asked)


def plain(answer: Answer | None) -> str:
    """An answer as `benchmarks._known` tells it. What it cannot tell would make a peer find what is none."""
    if answer is None or answer.how == "raises":
        return "-" if answer is None else str(answer)
    match answer.value:
        case int() | str() | None:
            return repr(answer.value)
        case ("bool", str(text)):
            return text
    raise ValueError(f"{answer.value!r} cannot be compared with what a peer sees: let the program answer more simply.")


def ask(peer: Peer, bug: KnownBug, known: Promises, seconds: float) -> Report:
    """Let a peer search the same file. It has no promises of its own, so it is told ours."""
    if known.unsure:
        return Report("cannot tell", reason=known.unsure)
    allowed = tuple(told([map(plain, calls) for calls in one.answers], map(plain, one.then)) for one in known.allowed)
    order = Order(KNOWN, bug.name, peer.verdict, "verdict", seconds, tasks=len(bug.tasks), allowed=allowed)
    return peer.ask([order])[0]


def main() -> None:
    """Measure, and say what came out."""
    options = _options()
    peers = [peer for peer in PEERS if not peer.missing()]
    found = environment(seconds=options.seconds, peers=" and ".join(f"{p.name} {p.version()}" for p in peers) or "none")
    say_environment(found)
    print("".join(f"\nSKIPPED: {peer.missing()}" for peer in PEERS if peer.missing()))
    chosen = [bug for bug in PROGRAMS if not options.only or bug.name in options.only]
    rows = []
    for bug in chosen:
        rows.append(measure(bug, peers, options.seconds))
        print(f"  {bug.name}: {rows[-1].result.verdict}", file=sys.stderr, flush=True)
    columns = ("threads", "grade", "ends in", "preemptions", *POLICIES, *(peer.name for peer in peers), "PERIOD")
    say_table("Schedules until the first that ends badly", columns, [(row.bug.name, row.cells()) for row in rows])
    print(f"\n  grade finds {sum(row.result.verdict == FOUND for row in rows)} of {len(rows)}")
    for name in POLICIES:
        print(f"  {name}: {sum(row.searches[name].found > 0 for row in rows)} of {len(rows)}")
    for peer in peers:
        print(f"  {peer.name}: {sum(row.peers[peer.name].verdict == FOUND for row in rows)} of {len(rows)}")
    print("\n  PERIOD: of the original, as its authors report it (ICSE 2022); see benchmarks/sctbench/table.py.")
    if options.json:
        kept = {**found, "programs": [row.as_json() for row in rows]}
        Path(options.json).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for the grade, and for each search")
    parser.add_argument("--only", nargs="*", metavar="PROGRAM", default=(), help="these programs only")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
