"""Callables that an object keeps and calls later: listeners, callbacks, jobs.

One that does nothing would hide that it was never called, or twice. So an object is given callables that record their
calls, and what they have recorded is observed in the end, in no order: that of listeners is rarely promised. What is
only called at once records nothing, nor does what only makes values, as a cache's loader does, though it is kept: how
often it is called is rarely promised either.
"""

from __future__ import annotations

import gc
import re
import sys
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import Parameter
from threading import get_ident
from types import FunctionType, ModuleType
from typing import Final

from .domains import CALLABLE, Values
from .methods import Method
from .observers import is_plain
from .signatures import OPEN, written
from .takers import Make
from .trial import PATIENCE, Subject, Trial
from .trying import fit

SILENT: Final = ("unknown", "value", "key")
"""Of a parameter that may be a callable, though its name does not say so."""
MAKES: Final = re.compile(
    r"(^|_)(loader|factory|compute|creator|create|producer|maker|make|builder|build|provider|supplier|default|key)$"
)
"""The name of a callable that is called for what it answers: two threads may both call it, and keep one answer."""
PART: Final = 0.2
"""Of the time for trials: after that, no more is looked for."""
RECORDS: Final = ('lambda *values, **_: {}.append(("{}", *values)) or 1', 'lambda *_, **__: {}.append("{}") or 1')
"""What it was called with; or that it was called, if that was no plain data. Observed as text: which of two equal
messages was heard twice says nothing."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """What records its calls.

    Attributes:
        methods: all methods, with such callables for those that keep them, or let them go.
        first: makes them; empty if no method keeps any.
        then: shows what they have recorded.
        names: that these use.
        trips: both are kept and then called, by one thread: another may let one go meanwhile.
    """

    methods: list[Method]
    first: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    trips: tuple[str, ...] = ()


def listen(methods: list[Method], make: Make, trial: Trial, module: ModuleType) -> Listeners:
    """Find the methods that keep a callable.

    Args:
        methods: of the object.
        make: a new object, after some calls.
        trial: where they are tried.
        module: the callables have none of its names.
    """
    heard, *names = (name if name not in vars(module) else f"the_{name}" for name in ("heard", "one", "two"))
    trying = _Trying(methods, make, trial, tuple(names))
    given = trying.given()
    if not any(values.texts == tuple(names) for method in given for _, values in method.given):
        return Listeners(given)
    for records in RECORDS:
        first = (f"{heard} = []", *[f"{name} = {records.format(heard, name)}" for name in names])
        if is_plain(_all_called(given, make(first), trial).names.get(heard)):
            break
    return Listeners(given, first, (f"sorted(map(repr, {heard}))",), (heard, *names), trying.trips(given))


def _all_called(methods: list[Method], subject: Subject, trial: Trial) -> Subject:
    """The object after every method has been called on it, so that it has called what it was given."""
    for method in methods:
        fit(method, lambda: subject, trial)
    return subject


class _Trying:
    """Tries callables of these names on new objects."""

    def __init__(self, methods: list[Method], make: Make, trial: Trial, names: tuple[str, ...]) -> None:
        self._methods, self._make, self._trial, self._names = methods, make, trial, names
        self._callers: list[int] = []

    def given(self) -> list[Method]:
        """All methods: those that keep a callable, and those that let it go again, with these in its place."""
        keeping = [next(filter(self._keeps, self._ways(method)), None) for method in self._methods]
        keeping = [method and self._without_makers(method) for method in keeping]
        kept = [
            text for method in keeping if method is not None and self._places(method) and (text := self._text(method))
        ]
        names = {parameter.name for method in keeping if method is not None for parameter, _ in self._places(method)}
        return [
            keeps or next((other for other in self._taking(method, names) if self._lets_go(other, kept)), method)
            for method, keeps in zip(self._methods, keeping, strict=True)
        ]

    def trips(self, given: list[Method]) -> tuple[str, ...]:
        """Of the first method that keeps them and the first that calls them."""
        for one in (text for method in given if self._places(method) and (text := self._text(method))):
            both = one, re.sub(rf"\b{self._names[0]}\b", self._names[1], one)
            for text in self._texts:
                if not self._trial.over(PART) and self._calls(text, self._new(both)):
                    return ("; ".join((*both, text)),)
        return ()

    def _without_makers(self, method: Method) -> Method:
        """The method, with a callable that records nothing where it makes values."""
        silent = Values("function", (CALLABLE,), typed=True)
        given = [
            (parameter, silent if values.texts == self._names and MAKES.search(parameter.name) else values)
            for parameter, values in method.given
        ]
        return replace(method, given=given)

    def _ways(self, method: Method) -> Iterator[Method]:
        """The method, given them; or what it returns is, as a decorator is."""
        yield from self._taking(method)
        if method.form.endswith("({})") and not self._trial.over(PART):
            returned = fit(method, self._new, self._trial)
            if isinstance(returned.tried.value, FunctionType):
                yield self._decorating(returned.method)

    def _decorating(self, method: Method) -> Method:
        slots = [written([each], (f"{{{place}}}",)) for place, each in enumerate(method.given)]
        form = f"{method.form.removesuffix('({})')}({', '.join(slots)})({{{len(slots)}}})"
        own = Parameter("decorated", Parameter.POSITIONAL_ONLY), Values("function", self._names)
        return replace(method, form=form, given=[*method.given, own], optional=[])

    def _taking(self, method: Method, names: set[str] | None = None) -> Iterator[Method]:
        """The method, given them where it may take a callable: by its name or annotation, or because nothing tells
        what it takes; then only under one of these names."""
        for place, (parameter, values) in enumerate(method.given):
            told = values.role == "function"
            silent = values.role in SILENT and not values.typed and (names is None or parameter.name in names)
            if (told or silent) and parameter.kind not in OPEN and not self._trial.over(PART):
                own = parameter, Values("function", self._names, typed=told)
                yield replace(method, given=[*method.given[:place], own, *method.given[place + 1 :]])

    def _keeps(self, method: Method) -> bool:
        """Whether the object has it after the call, or another thread has called it; if nothing tells that it is a
        callable, whether it is called. Else it may be kept after another call: in a transaction, not outside of one."""
        text = self._text(method)
        if not text:
            return False
        told = self._is_told(method)
        subject = self._new()
        if self._holds(text, subject):
            return told or self._is_called(subject, method)
        texts = self._texts if told else ()
        return any(self._holds(text, self._new((other,))) for other in texts if not self._trial.over(PART))

    def _holds(self, text: str, subject: Subject) -> bool:
        given = subject.names[self._names[0]]
        self._callers.clear()
        before = _references(given)
        self._call(text, subject)
        return _references(given) > before or any(caller != get_ident() for caller in self._callers)

    def _is_told(self, method: Method) -> bool:
        return any(values.typed for _, values in self._places(method))

    def _places(self, method: Method) -> list[tuple[Parameter, Values]]:
        return [(parameter, values) for parameter, values in method.given if values.texts == self._names]

    def _is_called(self, subject: Subject, method: Method) -> bool:
        """Whether it is called by other calls, or by a thread of the class, for which it is waited. The method's own
        call comes last: another value may take its place."""
        self._callers = [caller for caller in self._callers if caller != get_ident()]
        calls = zip(self._methods, self._texts, strict=True)
        for _, text in sorted(calls, key=lambda call: call[0].name == method.name):
            self._call(text, subject)
        end = time.monotonic() + PATIENCE
        while not self._callers and self._trial.starts_threads and time.monotonic() < end:
            time.sleep(0.001)
        return bool(self._callers)

    @cached_property
    def _texts(self) -> list[str]:
        """A call of each method that ends, with the grader's own values. It may raise: where nothing is registered yet,
        nothing can be run."""
        return [self._text(method, ends=("returns", "raises")) for method in self._methods]

    def _lets_go(self, method: Method, kept: list[str]) -> bool:
        """Whether it succeeds where the object has them, and does not call them itself, as a filter does once there is
        anything to filter."""
        text = self._text(method, kept) if kept else ""
        return bool(text) and not any(self._calls(text, self._new((*kept, other))) for other in ("", *self._texts))

    def _calls(self, text: str, subject: Subject) -> bool:
        self._callers.clear()
        self._call(text, subject)
        return get_ident() in self._callers

    def _text(self, method: Method, before: Sequence[str] = (), ends: Sequence[str] = ("returns",)) -> str:
        """The call, if it ends so; else an empty text."""
        best = fit(method, lambda: self._new(before), self._trial)
        return method.text(best.texts) if best.texts is not None and best.tried.outcome in ends else ""

    def _call(self, text: str, subject: Subject) -> None:
        if text:
            self._trial.call(text, subject)

    def _new(self, before: Sequence[str] = ()) -> Subject:
        """A new object after some calls, with a callable that nobody else has."""

        def probe(*_: object, **__: object) -> int:
            self._callers.append(get_ident())
            return 1

        subject = self._make(())
        subject.names.update(dict.fromkeys(self._names, probe))
        for text in before:
            self._call(text, subject)
        return subject


def _references(value: object) -> int:
    gc.collect()
    return sys.getrefcount(value) + weakref.getweakrefcount(value)
