"""The dials: their highest and lowest values, and a check of one that a request gives."""

from __future__ import annotations

from typing import Any, Final, Literal

HIGHEST: Final[dict[str, float]] = {
    "window_ms": 50.0,
    "fault_rate": 1.0,
    "db_latency_ms": 1000.0,
    "cache_ttl_s": 86_400.0,
    "cleanup_interval_s": 3600.0,
}
"""The maximum of each dial: a higher value would only make the lab slow."""
LOWEST: Final = {"cleanup_interval_s": 0.05}

RACE_DIALS: Final[tuple[Literal["window_ms", "fault_rate"], ...]] = ("window_ms", "fault_rate")


def check_dial(name: str, value: Any) -> None:
    """Refuse what is no dial, or no value of it.

    Raises:
        ValueError: with a sentence that says which, and what would do.
    """
    if name not in HIGHEST:
        raise ValueError(f"There is no dial {name!r}. There are: {', '.join(HIGHEST)}.")
    low, high = LOWEST.get(name, 0.0), HIGHEST[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{name} is a number from {low:g} to {high:g}; got {value!r}. No dial was changed.")
