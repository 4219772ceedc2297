"""Chooses the calls of which programs are made: what fits, those that change something first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .methods import Method
from .observers import LOOKS, lasts_once
from .signatures import arguments, variants
from .trial import Trial, Tried, content


@dataclass(slots=True)
class Calls:
    """The calls, the most promising first; and what is left out, with the reason.

    Attributes:
        changing: those that changed a new object, or may: they blocked, or raised.
    """

    texts: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def choose_calls(methods: list[Method], make: Callable[[], object], trial: Trial) -> Calls:
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
        best, tried, changes = _best(method, make, trial)
        if best is None:
            found.left_out.append((method.name, _reason(tried)))
            continue
        if tried.outcome == "blocks" and method.form.startswith("list("):
            found.left_out.append((method.name, "it goes on without an end"))
            continue
        form = "list({})" if lasts_once(tried.value) else "{}"
        texts = [form.replace("{}", method.text(each)) for each in (best, *variants(method.given, best))]
        (late if method.late else found.changing if changes else looks).extend(texts)
    found.texts = [*found.changing, *looks, *late]
    found.changing += late
    return found


def _best(method: Method, make: Callable[[], object], trial: Trial) -> tuple[tuple[str, ...] | None, Tried, bool]:
    """The first arguments with which it returns or blocks; else the first with which it raises something of its own."""
    raised: tuple[tuple[str, ...], Tried] | None = None
    last = Tried("misfits")
    for texts in arguments(method.given):
        it = make()
        before = content(it)
        last = trial.call(method.text(texts), it)
        if last.outcome in ("returns", "blocks"):
            looks = content(it) == before and LOOKS.match(method.name) is not None
            return texts, last, last.outcome == "blocks" or not looks
        if last.outcome == "raises" and raised is None:
            raised = texts, last
        if last.outcome == "refused" or trial.over():
            break
    if raised is None:
        return None, last, False
    return *raised, LOOKS.match(method.name) is None


def _reason(tried: Tried) -> str:
    if tried.outcome == "refused":
        return f"it reaches out of the process, which no schedule controls: {tried.detail}"
    return f"no arguments were found that fit it: {tried.detail}"
