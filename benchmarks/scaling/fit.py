"""How a cost grows with the number of sessions: the slope of log(cost) over log(size), and what that means in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

FEWEST_SIZES = 3
"""With fewer, noise alone can make any slope."""
MEANINGS = (
    (-0.08, "falls"),
    (0.08, "flat"),
    (0.3, "grows with the logarithm"),
    (0.75, "grows slower than the size"),
    (1.25, "grows with the size"),
)
"""Up to which slope. A cost like log(n) has a slope of 1/ln(n), which is 0.14 at 10^3 sessions and 0.07 at 10^6."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What was fitted.

    Attributes:
        slope: of log(cost) over log(size), by least squares.
        meaning: in words.
    """

    slope: float
    meaning: str


def fit(costs: Mapping[int, float]) -> Fit | None:
    """The growth of a cost by size; None for a single size.

    Args:
        costs: above 0, by size above 0, in any unit.

    Raises:
        ValueError: one of them is not above 0.
    """
    if len(costs) < 2:
        return None
    xs, ys = [log(size) for size in costs], [log(cost) for cost in costs.values()]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - x_mean) ** 2 for x in xs)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread
    return Fit(slope, _meaning(slope) if len(costs) >= FEWEST_SIZES else "too few sizes to say")


def _meaning(slope: float) -> str:
    return next((words for most, words in MEANINGS if slope <= most), "grows faster than the size")
