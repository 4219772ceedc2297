"""Whether the peers say what we say, about the same code under real locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks._peers import FRONTRUN, Order, Peer, Report
from benchmarks._report import say_table
from racelab.explorer import SCENARIOS, explore
from session_manager.fixes import CATALOGUE

LONG, SHORT = 30.0, 10.0
"""Seconds for a verdict on the programs that matter most, and on each fix of the catalogue."""
REAL_CLOCK = "dpor, real clock"
"""frontrun unless it is told otherwise."""
DECIDED = ("found", "none")


@dataclass(frozen=True, slots=True)
class Agreement:
    """One program, and what each tool says of it.

    Attributes:
        program, subject: as in `Order`.
        ours: our verdict, found by exploring `scenario` on `variant`.
        peers: theirs, by name.
    """

    program: str
    subject: str
    scenario: str
    variant: str
    ours: str
    peers: dict[str, Report] = field(default_factory=dict)

    def answered(self) -> int:
        """How many peers could decide."""
        return sum(report.verdict in DECIDED for report in self.peers.values())

    def against(self) -> int:
        """How many of them contradict us."""
        return sum({report.verdict, self.ours} == set(DECIDED) for report in self.peers.values())

    def as_json(self) -> dict[str, Any]:
        """As `--json` writes it."""
        told = {name: {"verdict": one.verdict, "reason": one.reason} for name, one in self.peers.items()}
        return {"program": self.program, "subject": self.subject, "ours": self.ours, "peers": told}


def agree(peers: Sequence[Peer], quick: bool) -> list[Agreement]:
    """Ask everybody."""
    found = list(_programs(quick))
    for peer in peers:
        orders = [Order(one.program, one.subject, peer.verdict, "verdict", _patience(one)) for one in found]
        for one, report in zip(found, peer.ask(orders), strict=True):
            one.peers[peer.name] = report
        if peer is FRONTRUN:  # a process of its own: threads are left behind where it gives up
            asked = Order(found[0].program, found[0].subject, REAL_CLOCK, "verdict", LONG)
            found[0].peers[f"{peer.name}, {REAL_CLOCK}"] = peer.ask([asked])[0]
    return found


def _programs(quick: bool) -> Iterator[Agreement]:
    """The reader-writer lock comes first. We cannot explore a mere number, so we judge managers that do the same."""
    for lock in ("reader-writer lock",) if quick else ("reader-writer lock", "plain lock"):
        yield _ours(lock, "gap", "lost-increment", "buggy")
        yield _ours(lock, "held", "lost-increment", "one-write-lock")
    fixes = () if quick else tuple(name for name, fix in CATALOGUE.items() if fix.bug == "lost_update")
    for method, scenario in (("increment", "lost-increment"), ("update", "lost-update"))[: 1 if quick else 2]:
        for variant in ("buggy", "fixed", *fixes):
            yield _ours(method, variant, scenario, variant)


def _ours(program: str, subject: str, scenario: str, variant: str) -> Agreement:
    return Agreement(program, subject, scenario, variant, explore(SCENARIOS[scenario], variant).verdict)


def _patience(one: Agreement) -> float:
    return SHORT if one.subject in CATALOGUE else LONG


def say_agreement(agreements: Sequence[Agreement], peers: Sequence[Peer]) -> None:
    """Print the verdicts, and beneath them why somebody could not decide."""
    names = [peer.name for peer in peers]
    rows = [(f"{one.program}, {one.subject}", [one.ours, *_cells(one, names)]) for one in agreements]
    columns = ["ours", *(name.removesuffix("-test") for name in names), "together"]
    say_table("Is anything lost? Two tasks, one operation each", columns, rows)
    for one in agreements:
        for name, report in one.peers.items():
            if report.verdict not in DECIDED or name not in names:  # beside what the table has: its other clock
                reason = report.reason.rstrip(".")
                print(f"  {one.program}, {one.subject}: {name} says {report.verdict!r}: {reason}.")


def _cells(one: Agreement, names: Sequence[str]) -> list[str]:
    if not one.peers:
        return [*["" for _ in names], "nobody asked"]
    undecided = one.ours not in DECIDED or not one.answered()
    together = "DISAGREE" if one.against() else "undecided" if undecided else "agree"
    return [*[one.peers[name].verdict for name in names], together]
