"""What is graded: how the object is made, which calls programs are made of, what is observed. Given or chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..program import GIL, Program
from .domains import CALLABLE
from .texts import calls_in, checked

ALIKE: Final = ('"a"', '"b"')
"""Keys that the grader has chosen itself. A program in which they are exchanged is the same program."""
UNHEARD: Final = f"Whether `{CALLABLE}` is called, and how often, does not matter: it records nothing."
UNSEEN: Final = "Nothing is looked at in the end (--then): only what the calls answer and raise is compared."


@dataclass(frozen=True, slots=True)
class Given:
    """What the author says; None or empty where the grader chooses."""

    new: str | None = None
    tasks: tuple[tuple[str, ...], ...] = ()
    calls: tuple[str, ...] = ()
    then: tuple[str, ...] | None = None
    holds: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    spec: str = ""
    model: str = ""
    manager: str | None = None
    scenarios: tuple[str, ...] | None = None
    alike: tuple[str, ...] = ()
    first: tuple[str, ...] = ()

    @classmethod
    def in_texts(
        cls,
        new: str | None,
        tasks: Iterable[str],
        calls: Iterable[str],
        then: Iterable[str] | None,
        holds: Iterable[str],
        ignore: Iterable[str],
        spec: str,
        model: str,
        scenarios: tuple[str, ...] | None = None,
        first: Iterable[str] = (),
    ) -> Given:
        """As an author writes it: each task in one text, calls divided by `;`. Nothing to observe may be empty texts.

        Raises:
            TargetError: one of them is not Python.
        """
        return cls(
            checked(new) if new else None,
            tuple(calls_in(task) for task in tasks),
            tuple(map(checked, calls)),
            None if then is None else tuple(checked(text) for text in then if text.strip()),
            tuple(map(checked, holds)),
            tuple(ignore),
            spec,
            model,
            scenarios=scenarios,
            first=tuple(part for text in first for part in calls_in(text)),
        )

    def only_scenarios(self) -> bool:
        """Whether nothing but scenarios is asked for."""
        return bool(self.scenarios) and not self.tasks and not self.calls

    def over(self, other: Given) -> Given:
        """This, and where it says nothing the other: options go before the file."""
        says_calls = self.tasks or self.calls or self.scenarios
        return Given(
            other.new if self.new is None else self.new,
            self.tasks if says_calls else other.tasks,
            self.calls if says_calls else other.calls,
            other.then if self.then is None else self.then,
            self.holds or other.holds,
            self.ignore or other.ignore,
            self.spec or other.spec,
            self.model or other.model,
            other.manager if self.manager is None else self.manager,
            self.scenarios if says_calls else other.scenarios,
            () if says_calls or self.then is not None or self.holds else other.alike,
            self.first if says_calls or self.first else other.first,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """See the module.

    Attributes:
        word: the target, as it was typed.
        root, module: where expressions are evaluated.
        imports: the statement that gives a file of calls the names that the expressions use.
        make: makes the object; empty if `it` is the module.
        tasks: one program, as the author gave it; then no others are made.
        calls: programs are made of these, the most promising first.
        paths: further folders to import from.
        left_out: methods that are not called, and why not.
        chosen: what of it the grader has chosen: 'new', 'first', 'calls', 'then'.
        file, line: where the source of the class begins.
        starts_threads: whether the class starts threads of its own.
        manager: makes the object for scenarios of a session manager; limits are not lowered for them.
        scenarios: their names; none for a class that is no session manager.
        first: what happens to the object before any thread begins; all know the names that it assigns.
        keys: texts of values that a file of calls says can be exchanged for each other.
        beside: targets that the word could have meant as well, and which are not graded.
    """

    word: str
    root: str
    module: str
    imports: str
    make: str
    tasks: tuple[tuple[str, ...], ...] = ()
    calls: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    spec: str = ""
    model: str = GIL
    paths: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    file: str = ""
    line: int = 1
    starts_threads: bool = False
    manager: str = ""
    scenarios: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def alike(self) -> tuple[str, ...]:
        """The values that can be exchanged: where the grader has chosen both the calls and what is observed.

        Or where it did so once, and what is observed now, or has to hold, is still the same after an exchange.
        """
        if self.keys:
            swapped = re.compile("|".join(map(re.escape, self.keys)))
            names = dict(zip(self.keys, (*self.keys[1:], self.keys[0]), strict=True))
            seen = [{*self.then}, {*self.holds}, {*self.ignore}, {*self.first}, {self.make}]
            same = all({swapped.sub(lambda each: names[each[0]], text) for text in texts} == texts for texts in seen)
            return self.keys if same else ()
        told = any(key in text for text in self.first for key in ALIKE)
        return ALIKE if {"calls", "then"} <= set(self.chosen) and not self.holds and not told else ()

    def assumed(self) -> tuple[str, ...]:
        """What nobody looks at: calls of the grader's own callable, which records nothing; the object in the end."""
        unheard = any(CALLABLE in text for text in (self.make, *self.calls))
        return (UNHEARD,) * unheard + (UNSEEN,) * (not self.then and not self.holds and not self.scenarios)

    def program(self, tasks: tuple[tuple[str, ...], ...]) -> Program:
        """A program of these calls. One that is written as several, split by `;`, is several.

        One that uses none of the handles that come first begins with a new object, in which nothing has been made yet.
        """
        tasks = tuple(tuple(part for call in calls for part in calls_in(call)) for calls in tasks)
        then, first = self.then, self.first
        if not self.tasks and not self._uses_handles(text for task in tasks for text in (*task, *self.holds)):
            then, first = tuple(text for text in then if not self._uses_handles([text])), ()
        return Program(self.root, self.module, self.make, tasks, then, self.holds, self.ignore, self.spec, first)

    def _uses_handles(self, texts: Iterable[str]) -> bool:
        """Whether one of the names is used that come first; true if anything else comes first."""
        names = [re.match(r"(\w+) = ", text) for text in self.first]
        found = re.compile("|".join(rf"\b{name[1]}\b" for name in names if name))
        return None in names or any(found.search(text) for text in texts)
