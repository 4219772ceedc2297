"""What one call hands out and others take: the id of a session, a connection, an account.

A method that refuses whatever key the grader has, or does nothing with it, and works with what another method has
returned, takes such a handle. Then handles are made before any thread begins, and all threads know them: two calls race
for one session, and not for two.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from types import ModuleType
from typing import Final

from .domains import Values
from .methods import Method
from .trial import Subject, Trial, content
from .trying import Fit, fit

ROLES: Final = ("unknown", "value")
"""Of a parameter that may be a handle, though its name does not say so."""
MOST_GIVERS: Final = 6
PART: Final = 0.4
"""Of the time for trials: after that, what has been found by then is handed out."""
MOST_HANDLES: Final = 2
FORM: Final = "{} = {}"
OWN: Final = "own"
Make = Callable[[tuple[str, ...]], Subject]


@dataclass(slots=True)
class Handles:
    """What is handed out.

    Attributes:
        first: makes the handles; empty if no method takes any.
        methods: all methods, with handles for those that take them.
        round_trips: a call that hands one out and one that takes it back, by one thread.
    """

    first: tuple[str, ...]
    methods: list[Method]
    round_trips: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Giver:
    """A method that hands out, the calls with which it does, and who takes how many of them."""

    method: Method
    calls: tuple[str, ...]
    takers: dict[str, int]


def hand_out(methods: list[Method], make: Make, trial: Trial, module: ModuleType) -> Handles:
    """Find the method whose answers make the greatest difference to others.

    Args:
        methods: of the object.
        make: a new object, after some calls.
        trial: where they are tried.
        module: a handle has none of its names.
    """
    best = max(_givers(methods, make, trial), key=lambda one: len(one.takers), default=None)
    if best is None or not best.takers:
        return Handles((), methods)
    takes = [method for method in methods if method.name in best.takers]
    names = _names(takes, best.takers, module)
    first = _first(best, names)
    methods = [_with(method, best.takers.get(method.name, 0), names) for method in methods]
    trips = (_round_trip(best, method, make, trial) for method in takes if best.takers[method.name] == 1)
    return Handles(first, methods, [trip for trip in trips if trip][:1])


def _givers(methods: list[Method], make: Make, trial: Trial) -> list[_Giver]:
    """Those that may hand something out, each with those that take it."""
    fits = [fit(method, partial(make, ()), trial) for method in methods if not trial.over(PART)]
    takers = [one for one in fits if one.tried.outcome not in ("blocks", "refused") and _places(one.method)]
    found = [_Giver(one.method, tuple(one.calls()), {}) for one in fits if takers and _gives(one)][:MOST_GIVERS]
    for giver in found:
        for taker in takers:
            if taker.method.name != giver.method.name and (many := _taken(taker, giver, make, trial)):
                giver.takers[taker.method.name] = many
    return found


def _gives(one: Fit) -> bool:
    """Whether it changes the object, and returns what can be told from other answers."""
    value = one.tried.value
    return one.changed and one.tried.outcome == "returns" and value is not None and not isinstance(value, bool)


def _places(method: Method) -> list[int]:
    """Where it may take handles: wherever a name says so, or else in its first place."""
    keys = [place for place, (_, values) in enumerate(method.given) if values.role == "key"]
    others = [place for place, (_, values) in enumerate(method.given) if values.role in ROLES]
    return keys[:MOST_HANDLES] or others[:1]


def _first(giver: _Giver, names: tuple[str, ...]) -> tuple[str, ...]:
    """The calls that make so many handles, with different arguments where there are any."""
    calls = (*giver.calls, *[giver.calls[0]] * len(names))
    return tuple(FORM.format(name, call) for name, call in zip(names, calls, strict=False))


def _taken(taker: Fit, giver: _Giver, make: Make, trial: Trial) -> int:
    """How many handles it takes, if it then succeeds where it did not, or does more."""
    for many in range(len(_places(taker.method)), 0, -1):
        if trial.over(PART):
            break
        names = tuple(f"handle_{number}" for number in range(many))
        with_handles = fit(_with(taker.method, many, names), partial(make, _first(giver, names)), trial)
        if _does_more(with_handles, taker):
            return many
    return 0


def _does_more(one: Fit, plain: Fit) -> bool:
    if one.tried.outcome != "returns" or plain.tried.outcome != "returns":
        return one.tried.outcome == "returns"
    if plain.changed:
        return False
    return one.changed or content(one.tried.value) != content(plain.tried.value)


def _with(method: Method, many: int, names: tuple[str, ...]) -> Method:
    """The method, given handles in so many places."""
    places = _places(method)[:many]
    given = [(each, Values("key", names) if place in places else old) for place, (each, old) in enumerate(method.given)]
    return replace(method, given=given)


def _names(takes: list[Method], takers: dict[str, int], module: ModuleType) -> tuple[str, ...]:
    """Handles are called as a parameter that takes them is, if nothing else has that name."""
    widest = max(takes, key=lambda one: takers[one.name])
    names = [widest.given[place][0].name.strip("_") for place in _places(widest)[: takers[widest.name]]]
    return tuple(f"the_{name}" if _is_taken(name, module) else name for name in names)


def _is_taken(name: str, module: ModuleType) -> bool:
    return name in ("", "it", OWN) or keyword.iskeyword(name) or hasattr(builtins, name) or name in vars(module)


def _round_trip(giver: _Giver, taker: Method, make: Make, trial: Trial) -> str:
    """A handle of the thread's own, made and taken back, if that leaves nothing; else an empty text."""
    made = FORM.format(OWN, giver.calls[0])
    back = fit(_with(taker, 1, (OWN,)), partial(make, (made,)), trial)
    if back.texts is None or back.tried.outcome != "returns":
        return ""
    text = back.method.text(back.texts)
    leaves = content(make((made, text)).it) != content(make(()).it)
    return "" if leaves else f"{made}; {text}"
