"""Random classes with locks, conditions, queues, attributes, containers and globals, and random programs over them.

They are small, so that every schedule can be enumerated with stops everywhere. What is too large is thrown away by an
estimate from its text, before anything of it has run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from textwrap import indent
from typing import Final, NamedTuple

from racelab.grading.classes.program import GIL, Program

from .random_statements import PLAIN, RACY, WAITS, Statement

LARGEST: Final = 1_500
"""Schedules of a program, as estimated."""
NAMES: Final = ("one", "two")
MEET, MORE, INSIDE = 0.92, 0.4, 0.15
"""How often a method has what both have, another statement, and a statement in another one."""
SHAPES: Final = ((1, 1), (1, 1), (1, 1), (2, 1), (1, 1, 1))
"""Calls of each thread."""
HEAD: Final = """\
import queue
import threading
import time
from collections import defaultdict, deque

total = 0
table = {}


class Node:
    def __init__(self, value, after=None):
        self.value = value
        self.after = after


class Base:
    made = 0
    shared = []

    def step(self, x):
        return x + 1

    def peek(self):
        return self.a

    def bump(self):
        y = self.a
        self.a = self.step(y)
        return y

    def fail(self, x):
        raise ValueError(x)

    def remember(self, one, kept=[]):
        kept.append(one)
        return len(kept)

    @property
    def size(self):
        return len(self.items)

    @property
    def doubled(self):
        return self.b

    @doubled.setter
    def doubled(self, value):
        self.b = value

    def each(self):
        for one in self.items:
            yield one

    def tickets(self):
        n = 0

        def take():
            nonlocal n
            y = n
            n = self.step(y)
            return y

        return take

    def numbers(self):
        n = 0
        while True:
            n = self.step(n)
            yield n


class Subject(Base):
"""
MADE: Final = {
    "a": "0",
    "b": "1",
    "flag": "False",
    "late": "None",
    "items": "[1]",
    "row": "deque([1, 2])",
    "map": "{'x': 1}",
    "counts": "defaultdict(int)",
    "set": "{1}",
    "node": "Node(0)",
    "lock": "threading.Lock()",
    "other": "threading.RLock()",
    "changed": "threading.Condition()",
    "under": "threading.Condition(self.other)",
    "event": "threading.Event()",
    "permits": "threading.Semaphore(1)",
    "gate": "threading.Semaphore(1)",
    "queue": "queue.Queue(2)",
    "ticket": "self.tickets()",
    "source": "self.numbers()",
}
"""How each attribute begins."""
NEEDS: Final = {"peek": "a", "bump": "a", "size": "items", "each": "items", "doubled": "b", "under": "other"}
"""What methods and attributes need of the others."""
SEEN: Final = ("a", "b", "flag", "items", "row", "map", "counts", "set", "node", "made", "shared")


class Around(NamedTuple):
    """What a statement, or all of a method, may be in.

    Attributes:
        text: with a place for the body.
        before, after: steps that are added, with the GIL and without.
        rounds: how often the body runs.
    """

    text: str
    before: tuple[int, int]
    after: tuple[int, int] = (0, 0)
    rounds: int = 1


GUARDS: Final = (
    Around("with self.lock:\n{body}", (1, 1)),
    Around("self.lock.acquire()\ntry:\n{body}\nfinally:\n    self.lock.release()", (1, 2), (0, 2)),
    Around("with self.other:\n    with self.other:\n{deeper}", (1, 2)),
    Around("with self.other:\n{body}", (1, 1)),
    Around("with self.changed:\n{body}", (1, 1)),
    Around("with self.gate:\n{body}", (1, 1), (1, 1)),
)
"""How all of a method is protected: no more than one thread is in there."""
INNER: Final = (
    Around("if not self.flag:\n{body}", (0, 1)),
    Around("if self.a > {k}:\n{body}\nelse:\n    x += 4", (0, 1)),
    Around("for _ in range(2):\n{body}", (1, 1), rounds=2),
    Around("try:\n{body}\nfinally:\n    x += self.b", (0, 1)),
    Around("if self.lock.acquire(False):\n{body}\n    self.lock.release()", (2, 4), (1, 3)),
)


class Generated(NamedTuple):
    """A program, and what is known of it without running it.

    Attributes:
        program: itself.
        unlocked: the same without its locks; None if they do not protect all of its methods.
        estimate: of its schedules.
    """

    program: Program
    unlocked: Program | None
    estimate: int


class _Body(NamedTuple):
    text: str
    steps: int


def write_module(seed: int, folder: Path, model: str) -> Generated:
    """A random module in a folder, and a random program over it that is small under that model."""
    chance = Random(seed)
    style = chance.choices(((), (0, 1), (0,)), (11, 10, 1))[0]
    while True:
        guard = chance.choice(GUARDS)
        bodies = _bodies(chance, model)
        calls = [[chance.randrange(2) for _ in range(many)] for many in chance.choice(SHAPES)]
        steps = [_steps(body.steps, guard if one in style else None, model) for one, body in enumerate(bodies)]
        estimate = schedules([sum((steps[one] for one in mine), ()) for mine in calls])
        if estimate <= LARGEST:
            break
    tasks = tuple(tuple(f"it.{NAMES[one]}()" for one in mine) for mine in calls)
    plain = {"grow": _filled(chance, chance.choice(PLAIN).text)}
    locked = dict(plain)
    for one, (name, body) in enumerate(zip(NAMES, bodies, strict=True)):
        plain[name] = body.text
        locked[name] = _within(guard.text, body.text) if one in style else body.text
    program = _written(f"random_{seed}", folder, locked, tasks)
    unlocked = _written(f"random_{seed}_unlocked", folder, plain, tasks) if len(style) == len(NAMES) else None
    return Generated(program, unlocked, estimate)


def module_text(methods: Mapping[str, str]) -> str:
    """A module with a class that has these methods, and the attributes that they need."""
    used = set(re.findall(r"\b(?:self|super\(\))\.(\w+)", "\n".join(methods.values())))
    used |= {NEEDS[name] for name in used if name in NEEDS}
    lines = [f"self.{name} = {made}" for name, made in MADE.items() if name in used] or ["pass"]
    made = indent("\n".join(["def __init__(self):", indent("\n".join(lines), " " * 4)]), " " * 4)
    return "\n".join([HEAD + made, *[_method(name, body) for name, body in methods.items()]])


def schedules(threads: Sequence[tuple[str, ...]]) -> int:
    """In how many orders threads can take these steps, where `(` takes the one lock and `)` gives it back."""

    @cache
    def count(at: tuple[int, ...]) -> int:
        total, held = 0, None
        for number, (thread, place) in enumerate(zip(threads, at, strict=True)):
            done = thread[:place]
            if done.count("(") > done.count(")"):
                held = number
        for number, (thread, place) in enumerate(zip(threads, at, strict=True)):
            if place < len(thread) and not (thread[place] == "(" and held is not None):
                total += count((*at[:number], place + 1, *at[number + 1 :]))
        return total or 1

    return count((0,) * len(threads))


def _bodies(chance: Random, model: str) -> list[_Body]:
    """Of both methods: most of them have one statement in common, so that threads meet."""
    main = chance.choice(RACY)
    others = chance.choice(RACY), chance.choice(PLAIN), chance.choice((*PLAIN, *WAITS))
    bodies = []
    for _ in NAMES:
        chosen = [main] if chance.random() < MEET else []
        if not chosen or chance.random() < MORE:
            chosen.insert(chance.randrange(2), chance.choice(others))
        bodies.append(_body(chance, chosen, model))
    return bodies


def _body(chance: Random, chosen: Sequence[Statement], model: str) -> _Body:
    lines, steps, free = [], 0, model != GIL
    for one in chosen:
        text, mine = _filled(chance, one.text), one.free if free else one.gil
        if chance.random() < INSIDE:
            around = chance.choice(INNER)
            text = _within(_filled(chance, around.text), text)
            mine = around.before[free] + mine * around.rounds + around.after[free]
        lines.append(text)
        steps += mine
    return _Body("\n".join(lines), steps)


def _steps(many: int, guard: Around | None, model: str) -> tuple[str, ...]:
    if guard is None:
        return (".",) * (1 + many)
    free = model != GIL
    return (*"." * (1 + guard.before[free]), "(", *"." * (many - 1 + guard.after[free]), ")")


def _filled(chance: Random, text: str) -> str:
    return text.replace("{k}", str(chance.randint(0, 2))).replace("{key}", chance.choice("xy"))


def _within(around: str, inside: str) -> str:
    return around.replace("{body}", indent(inside, " " * 4)).replace("{deeper}", indent(inside, " " * 8))


def _method(name: str, body: str) -> str:
    text = "\n".join(["global total", "x = 0", body, "return x"])
    return f"\n    def {name}(self):\n{indent(text, ' ' * 8)}\n"


def _written(module: str, folder: Path, methods: Mapping[str, str], tasks: tuple[tuple[str, ...], ...]) -> Program:
    text = module_text(methods)
    (folder / f"{module}.py").write_text(text, encoding="utf-8")
    used = "\n".join(methods.values())
    seen = [f"it.{name}" for name in SEEN if f"self.{name} = " in text or name in used]
    seen += [name for name in ("total", "table") if name in used]
    return Program(str(folder), module, "Subject()", tasks, tuple(seen))
