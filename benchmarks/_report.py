"""What the benchmarks share: where they ran, what was to be reached, and how it is printed."""

from __future__ import annotations

import math
import os
import platform
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """One number, and what it should be.

    Attributes:
        name: what was measured.
        measured: the median.
        limit: the least it should be, or the most.
        most: whether `limit` is the most.
        unit: printed after both.
        surely: between which numbers it lies, where that is known: it is not told if the limit is one of them.
    """

    name: str
    measured: float
    limit: float
    most: bool = False
    unit: str = ""
    surely: tuple[float, float] | None = None

    @property
    def reached(self) -> bool | None:
        """Whether it is; None if that cannot be told."""
        verdicts = {end <= self.limit if self.most else end >= self.limit for end in self.surely or (self.measured,)}
        return verdicts.pop() if len(verdicts) == 1 else None

    def as_json(self) -> dict[str, Any]:
        """As `--json` writes it."""
        bound = "at_most" if self.most else "at_least"
        return {"name": self.name, "measured": round(self.measured, 3), bound: self.limit, "reached": self.reached}

    def __str__(self) -> str:
        verdict = {True: "reached", False: "NOT REACHED", None: "cannot tell"}[self.reached]
        bound = f"at {'most' if self.most else 'least'} {self.limit:g}{self.unit}"
        return f"  {verdict:<11}  {self.measured:>8.4g}{self.unit:<2} ({bound}){'':<{18 - len(bound)}} {self.name}"


def environment(**more: Any) -> dict[str, Any]:
    """What a reader must know to compare the numbers with others."""
    return {
        "python": platform.python_version(),
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "switch_interval_ms": round(sys.getswitchinterval() * 1000, 3),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        **more,
    }


def say_environment(found: dict[str, Any]) -> None:
    """Print it as one line."""
    told = {key: value if not isinstance(value, bool) else "on" if value else "off" for key, value in found.items()}
    print(", ".join(f"{key.replace('_', ' ')} {value}" for key, value in told.items()))


def say_table(title: str, columns: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Print a table under a title."""
    print(f"\n{title}")
    print(f"  {'':<42}" + "".join(f"{column:>14}" for column in columns))
    for name, cells in rows:
        print(f"  {name:<42}" + "".join(f"{cell:>14}" for cell in cells))


def say_targets(targets: Iterable[Target]) -> None:
    """Print each target with its verdict."""
    print("\nTargets")
    for target in targets:
        print(target)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the rounds' ratios: both were measured moments apart, so what else the machine did hits both."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


@dataclass
class Compared:
    """One server without something and with it, in turns moments apart.

    Attributes:
        without, having: requests per second, turn by turn.
    """

    without: list[float] = field(default_factory=list)
    having: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """The per cent of its requests that it loses: the median of the pairs of turns."""
        return 100 * (1 - ratio(self.having, self.without))

    @property
    def surely(self) -> tuple[float, float]:
        """Between which per cents the cost lies, in 95 of 100 such measurements at least; fewer than six tell nothing.

        The interval of the median by the sign test, which supposes nothing of how the pairs are spread.
        """
        costs = sorted(100 * (1 - a / b) for a, b in zip(self.having, self.without, strict=True))
        number, beyond, outside = len(costs), 0, 0.0
        while (outside := outside + math.comb(number, beyond) / 2**number) <= 0.025:
            beyond += 1
        return (costs[beyond - 1], costs[-beyond]) if beyond else (-math.inf, math.inf)

    def __str__(self) -> str:
        low, high = self.surely
        return f"{self.cost:.1f} % ({f'{low:.1f} to {high:.1f}' if low > -math.inf else 'too few pairs'})"
