"""Chooses the calls of which programs are made: what fits, those that change something first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .methods import Method
from .observers import lasts_once
from .trial import Subject, Trial, Tried
from .trying import fit


@dataclass(slots=True)
class Calls:
    """The calls, the most promising first; and what is left out, with the reason.

    Attributes:
        changing: those that changed a new object, or may: they blocked, or raised.
    """

    texts: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def choose_calls(methods: list[Method], make: Callable[[], Subject], trial: Trial) -> Calls:
    """Try each method on a new object, with the arguments that fit best.

    Args:
        make: a new object.
    """
    found = Calls()
    looks: list[str] = []
    late: list[str] = []
    for method in methods:
        if trial.over():
            found.left_out.append((method.name, "there was no time left to try it"))
            continue
        best = fit(method, make, trial)
        if best.texts is None:
            found.left_out.append((method.name, _reason(best.tried)))
            continue
        if best.tried.outcome == "blocks" and method.form.startswith("list("):
            found.left_out.append((method.name, "it goes on without an end"))
            continue
        form = "list({})" if lasts_once(best.tried.value) else "{}"
        texts = [form.replace("{}", each) for each in best.calls()]
        (late if method.late else found.changing if best.may_change() else looks).extend(texts)
    found.texts = [*found.changing, *looks, *late]
    found.changing += late
    return found


def _reason(tried: Tried) -> str:
    if tried.outcome == "refused":
        return f"it reaches out of the process, which no schedule controls: {tried.detail}"
    return f"no arguments were found that fit it: {tried.detail}"
