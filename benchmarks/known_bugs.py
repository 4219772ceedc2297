"""The programs of SCTBench, written anew as Python classes: which are found, and after how many schedules.

    python benchmarks/known_bugs.py                    with the peers half an hour
    python benchmarks/known_bugs.py --write            and put what was measured into docs/known-bugs.md
    python benchmarks/known_bugs.py --only CS.stack_bad CS.lazy01_bad --seconds 5 --write
                                                       some rows only; the page keeps the others as they are

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
from benchmarks._known import KNOWN
from benchmarks._known_page import KEPT, NOT_ASKED, write
from benchmarks._peers import PEERS, Order, Peer, Report
from benchmarks._programs import allowed, program_of
from benchmarks._report import environment, say_environment, say_table
from benchmarks.sctbench.program import KnownBug
from benchmarks.sctbench.table import PROGRAMS
from racelab.grading.classes.program import GIL
from racelab.grading.classes.result import FOUND, Result
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
            "fault": self.bug.fault,
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


def measure(bug: KnownBug, peers: list[Peer], seconds: float) -> Row:
    """Grade one program, search it in each way, and let the peers do so."""
    program = program_of(bug)
    known = promises(program, seconds)
    asked = {peer.name: ask(peer, bug, known, seconds) for peer in peers}
    return Row(bug, grade_program(program, GIL, seconds), first_bugs(known, seconds), asked)


def ask(peer: Peer, bug: KnownBug, known: Promises, seconds: float) -> Report:
    """Let a peer search the same file. It has no promises of its own, so it is told ours."""
    if known.unsure:
        return Report(NOT_ASKED, reason="what its calls do one after another was not known in time")
    tasks, told = len(bug.tasks), allowed(known)
    order = Order(KNOWN, bug.name, peer.of_classes[0], "verdict", seconds, tasks=tasks, allowed=told)
    return peer.ask([order])[0]


def main() -> None:
    """Measure, and say what came out."""
    options = _options()
    peers = [peer for peer in PEERS if not peer.missing()]
    found = environment(seconds=options.seconds, peers=" and ".join(f"{p.name} {p.version()}" for p in peers) or "none")
    say_environment(found)
    print("".join(f"\nSKIPPED: {peer.missing()}" for peer in PEERS if peer.missing()))
    first, _, parts = (options.part or "1/1").partition("/")
    chosen = [bug for bug in PROGRAMS if not options.only or bug.name in options.only][int(first) - 1 :: int(parts)]
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
    told = {row.bug.name: {**row.as_json(), "environment": found} for row in rows}
    if options.json:
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if options.write:
        write(told)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for the grade, and for each search")
    parser.add_argument("--only", nargs="*", metavar="PROGRAM", default=(), help="these programs only")
    parser.add_argument("--part", metavar="N/M", help="the Nth of M parts of the programs only, such as 1/4")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there as well")
    parser.add_argument("--write", action="store_true", help=f"put them into docs/{KEPT.name} and its page")
    return parser.parse_args()


if __name__ == "__main__":
    main()
