"""The arguments with which a method can be called: tried on new objects, the best first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter
from typing import Final

from .domains import CALLABLE, Role, Values
from .methods import Method
from .observers import LOOKS
from .signatures import OPEN, arguments, variants
from .trial import Subject, Trial, Tried, content

Given = list[tuple[Parameter, Values]]
OTHERS: Final = (('{"a": 1}', '{"b": 2}'), ("[1]", "[2]"), ('"a"', '"b"'), (CALLABLE,))
"""Tried in place of a value that nothing says anything about, if it does not fit."""
HALF: Final = 0.5
"""Of the time for all trials: after that, values are taken as they are."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What became of a method with the arguments that fit best.

    Attributes:
        method: with the values that fit.
        texts: its arguments; None if none were found.
        tried: the call with them.
        changed: whether the object holds something else afterwards.
    """

    method: Method
    texts: tuple[str, ...] | None
    tried: Tried
    changed: bool = False

    def may_change(self) -> bool:
        """Whether it changes something, now or another time: a method that only looks says so by its name."""
        looks = LOOKS.match(self.method.name) is not None
        return self.tried.outcome == "blocks" or not looks or (self.changed and self.tried.outcome == "returns")

    def calls(self) -> list[str]:
        """The call, and the same with other arguments, and with other flags."""
        if self.texts is None:
            return []
        others = [self.method.text(each) for each in variants(self.method.given, self.texts)]
        plain, *flagged = self.method.texts(self.texts)
        return [plain, *others, *flagged]


def fit(method: Method, make: Callable[[], Subject], trial: Trial) -> Fit:
    """The first arguments with which it returns or blocks; else the first with which it raises something of its own."""
    first = _fit(method, make, trial)
    for given in _others(method.given):
        blocks = first.tried.outcome == "blocks"  # perhaps because a thread has failed that it waits for
        if (first.texts is not None and not blocks) or first.tried.outcome == "refused" or trial.over():
            break
        other = _fit(replace(method, given=given), make, trial)
        if other.tried.outcome == "returns" or (other.texts is not None and not blocks):
            return other
    return first


def _fit(method: Method, make: Callable[[], Subject], trial: Trial) -> Fit:
    raised: Fit | None = None
    last = Tried("misfits")
    for texts in arguments(method.given):
        subject = make()
        before = content(subject.it)
        last = trial.call(method.text(texts), subject)
        if last.outcome in ("returns", "blocks"):
            return Fit(method, texts, last, content(subject.it) != before)
        if last.outcome == "raises" and raised is None:
            raised = Fit(method, texts, last)
        if last.outcome == "refused" or trial.over():
            break
    return raised or Fit(method, None, last)


def agreed(fits: Sequence[Fit], make: Callable[[], Subject], trial: Trial) -> list[Fit]:
    """The same, with values that the other methods can use: what is stored as a number, another may take for a dict."""
    return [_agreed(one, fits, make, trial) for one in fits]


def _agreed(one: Fit, fits: Sequence[Fit], make: Callable[[], Subject], trial: Trial) -> Fit:
    if one.tried.outcome != "returns" or not one.changed:
        return one
    best, least = one, -1
    for given in _others(one.method.given, ("value", "unknown", "key")):
        least = least if least >= 0 else _misfits(one, fits, make, trial)
        if not least or trial.over(HALF):
            break
        other = _fit(replace(one.method, given=given), make, trial)
        if other.tried.outcome == "returns" and (some := _misfits(other, fits, make, trial)) < least:
            best, least = other, some
    return best


def _misfits(one: Fit, fits: Sequence[Fit], make: Callable[[], Subject], trial: Trial) -> int:
    """How many of the other methods cannot go on with what that call leaves."""
    count = 0
    for other in fits:
        if other.texts is not None and one.texts is not None and other.method is not one.method:
            subject = make()
            trial.call(one.method.text(one.texts), subject)
            count += trial.call(other.method.text(other.texts), subject).outcome == "misfits"
    return count


def _others(given: Given, roles: tuple[Role, ...] = ("value",)) -> Iterator[Given]:
    """The same parameters, the last of those that take any value with values of another kind. What comes first under
    the name of a key is one."""
    for place, (parameter, values) in reversed(list(enumerate(given))):
        is_free = values.role in roles and (place or values.role != "key")
        if is_free and not values.typed and parameter.kind not in OPEN:
            for texts in OTHERS:
                yield [*given[:place], (parameter, Values("value", texts)), *given[place + 1 :]]
