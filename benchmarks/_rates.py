"""Executions per second of each contender, turn by turn, and how ours compare."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks._peers import Report
from benchmarks._report import say_table


@dataclass(slots=True)
class Rate:
    """What one contender did in its turns.

    Attributes:
        tool, setting, program: who, how it searches, and what.
        kind: whether it tries all schedules or some by chance.
        per_second: executions, a number for each turn.
        wrong: what part of them ended wrongly, in the last turn.
    """

    tool: str
    setting: str
    program: str
    kind: str
    per_second: list[float] = field(default_factory=list)
    wrong: float = 0.0

    @property
    def name(self) -> str:
        """In tables."""
        return f"{self.tool} {self.setting}: {self.program}"

    @property
    def median(self) -> float:
        """Of the turns."""
        return statistics.median(self.per_second)

    def add(self, executions: int, wrong: int, seconds: float) -> None:
        """One more turn."""
        self.per_second.append(executions / seconds)
        self.wrong = wrong / executions if executions else 0.0

    def report(self, report: Report, processor: bool) -> None:
        """One more turn of a peer's, by the time that its process has worked or by the clock on the wall."""
        if report.verdict != "rate":
            sys.exit(f"{self.name}: nothing was measured. {report.reason}")
        self.add(report.schedules, report.wrong, report.processor if processor else report.seconds)

    def as_json(self) -> dict[str, Any]:
        """As `--json` writes it."""
        return asdict(self) | {"per_second": [round(each, 1) for each in self.per_second]}


def ratios(ours: Rate, theirs: Rate) -> list[float]:
    """Ours to theirs, round by round: both were measured moments apart, so what else the machine did hits both."""
    return [a / b for a, b in zip(ours.per_second, theirs.per_second, strict=True) if b]


def counterpart(rate: Rate, ours: Iterable[Rate]) -> Rate:
    """Our own rate on the same program, by the same kind of search."""
    return next(one for one in ours if (one.program, one.kind) == (rate.program, rate.kind))


def cells(rate: Rate, ours: Sequence[Rate]) -> list[str]:
    """As a table has it: the median and the spread of the rates, the same of the ratios, and what was wrong."""
    found = sorted([] if rate in ours else ratios(counterpart(rate, ours), rate))
    told = [f"{statistics.median(found):.1f}", f"{found[0]:.1f} to {found[-1]:.1f}"] if found else ["", ""]
    least, most = min(rate.per_second), max(rate.per_second)
    return [f"{rate.median:,.0f}", f"{least:,.0f} to {most:,.0f}", *told, f"{100 * rate.wrong:.0f} %"]


COLUMNS = ("executions/s", "spread", "ours is x", "spread", "of them wrong")


def say_rates(title: str, ours: Sequence[Rate], theirs: Sequence[Rate]) -> None:
    """Print who runs how many executions in a second."""
    say_table(title, COLUMNS, [(rate.name, cells(rate, ours)) for rate in (*ours, *theirs)])
