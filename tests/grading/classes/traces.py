"""Traces written by hand: each access a line of text, so that a test shows the order that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import get_args

from racelab.grading.classes.trace import Actor, Answered, Line, Primitive, Signal, Step, Touch, Trace, Use, Wait

USES = get_args(Use)
HOWS = {"reads": "read", "writes": "write", "pops": "both", "appends": "change"}
NOTHING = "-"


def trace(
    *lines: str,
    own: Sequence[str] = (),
    raised: dict[str, str] | None = None,
    primitives: Sequence[Primitive] = (),
    waits: Sequence[Wait] = (),
) -> Trace:
    """A trace with a step for each run of lines of one task.

    Args:
        lines: `TASK reads|writes|pops|appends PLACE BEFORE [AFTER] [options]`; options are uses such as `test`, the
            line `@12`, a held lock `+lock`, the object that was there `was=N`, and the one that is there now `is=N`.
            Or `TASK waits PRIMITIVE`: it has been woken; `TASK signals PRIMITIVE`: it has changed its state.
        own: tasks that are threads of the class's own.
        raised: tasks whose call raises, and what the exception says.
        primitives, waits: see `Trace`.
    """
    split = [line.split() for line in lines]
    steps = [_step(task, list(words)) for task, words in groupby(split, key=lambda words: words[0])]
    failed = raised or {}
    for task in dict.fromkeys(words[0] for words in split):
        last = max(number for number, step in enumerate(steps) if step.task == task)
        if all(wait.task != task for wait in waits):
            error = ("ValueError", True, failed[task]) if task in failed else ("None", False, "")
            steps[last] = _with(steps[last], answered=(Answered("it.call()", *error),))
        first = next(number for number, step in enumerate(steps) if step.task == task)
        steps[first] = _with(steps[first], begins=("it.call()",))
    actors = tuple(Actor(task, ("it.call()",), task in own) for task in dict.fromkeys(words[0] for words in split))
    return Trace(actors, tuple(steps), tuple(primitives), tuple(waits))


def _step(task: str, lines: list[list[str]]) -> Step:
    first = lines[0]
    touches = tuple(_touch(words) for words in lines if words[1] in HOWS)
    signals = tuple(Signal(_name(words), "before", "after") for words in lines if words[1] == "signals")
    if first[1] == "waits":
        return Step(task, "wait", "wait for", _name(first), _line("@1"), touches=touches, signals=signals)
    return Step(task, "", line=touches[0].line if touches else None, touches=touches, signals=signals)


def _touch(words: list[str]) -> Touch:
    task, verb, place, *rest = words
    options = [word for word in rest[1:] if word[0] in "@+" or "=" in word or word in USES]
    values = [word for word in rest if word not in options]
    before, after = values[0], values[-1]
    thing, _, key = place.rpartition(".")
    marked = dict(word.split("=") for word in options if "=" in word)
    return Touch(
        task,
        0,
        HOWS[verb],  # type: ignore[arg-type]
        thing or place,
        f"'{key}'" if thing else "",
        place,
        next((_line(word) for word in options if word[0] == "@"), None),
        None if before == NOTHING else before,
        None if after == NOTHING else after,
        was=marked.get("was", ""),
        refers=marked.get("is", marked.get("was", "") if verb == "reads" else ""),
        held=tuple(word[1:] for word in options if word[0] == "+"),
        uses=tuple(word for word in options if word in USES),  # type: ignore[misc]
    )


def _name(words: list[str]) -> str:
    return " ".join(words[2:])


def _line(word: str) -> Line:
    return Line("cache.py", int(word[1:]), f"line {word[1:]}", "call", 1)


def _with(step: Step, **more: object) -> Step:
    return replace(step, **more)  # type: ignore[arg-type]
