"""Clocks that no guard can replace are found in the bytecode of an author's functions."""

# ruff: noqa: DTZ001, DTZ003, DTZ005, DTZ011 - the clock of `datetime` is what is looked for
from __future__ import annotations

import datetime as dates
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from tests.explorer.looking import doing, refusal


def reads_now(self: object) -> object:
    return datetime.now(UTC)


def reads_by_the_module(self: object) -> object:
    return dates.datetime.utcnow()


def reads_today(self: object) -> object:
    return [day for day in (1, 2) if date.today().day == day]


def imports_it(self: object) -> object:
    from datetime import datetime as moment

    return moment.now()


def imports_the_module(self: object) -> object:
    import datetime

    return datetime.date.today()


def calls_it_otherwise(self: object) -> object:
    kind = datetime
    return kind.now()


def reads_inside(self: object) -> object:
    def inner() -> object:
        return datetime.now()

    return inner


def passes_it_on(self: object) -> object:
    return map(datetime.now, [UTC])


def has_it_as_default(self: object, kind: Any = datetime) -> object:
    return kind.now()


def has_it_as_named_default(self: object, *, kind: Any = datetime) -> object:
    return kind.now()


def calls_a_helper(self: object) -> object:
    return reads_now(self)


class Runs:
    """Something with methods of those names."""

    def now(self) -> datetime:
        return datetime(2026, 1, 2)

    today = utcnow = now


class OwnDatetime(datetime):
    """Its clock is the author's."""

    @classmethod
    def now(cls, tz: Any = None) -> OwnDatetime:
        return cls(2026, 1, 2)


class Inherits(datetime):
    """Its clock is Python's."""


def reads_by_a_child(self: object) -> object:
    return Inherits.now()


def test_a_clock_that_no_guard_can_replace_is_found_in_the_code() -> None:
    """Whatever way leads to `datetime.now`, the function that mentions it is refused."""
    ways = [reads_now, reads_by_the_module, reads_today, imports_it, imports_the_module, calls_it_otherwise]
    ways += [reads_inside, passes_it_on, has_it_as_default, has_it_as_named_default, calls_a_helper, reads_by_a_child]
    for does in ways:
        told = refusal(doing(does))
        assert any(f"{name}, in " in told for name in ("datetime.now", "datetime.utcnow", "date.today")), does.__name__
        assert f"{does.__name__}" in told or "calls_a" in does.__name__
        assert refusal(doing(property(does))) == told  # type: ignore[arg-type]


def test_another_now_is_not_mistaken_for_the_clock() -> None:
    """A runtime's clock, a given date and a class of one's own are not refused."""
    runs = Runs()
    harmless: list[Callable[..., Any]] = [
        lambda self: self.runtime.now(),
        lambda self: (runs.now(), Runs.today(runs)),
        lambda self: datetime(2026, 1, 2).today,
        lambda self: OwnDatetime.now(),
        lambda self: (datetime.fromisoformat("2026-01-02"), self.now),
        lambda self, datetime=runs: datetime.now(),
    ]
    for place, does in enumerate(harmless):
        assert refusal(doing(does)) == "", place
