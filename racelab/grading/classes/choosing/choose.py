"""What is graded, of what a target names: what its author says, and for the rest what the grader chooses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any, Final

from racelab.explorer.programs.scenarios import SCENARIOS

from ..program import GIL
from ..report import method_of
from ..scenarios.methods import missing
from ..target import Named, TargetError, close
from .calls import Calls, choose_calls
from .choice import Choice, Given
from .functions import together, variables
from .grade_file import given_by
from .handles import hand_out
from .listeners import Listeners, listen
from .making import constructor, factory, not_made, plain
from .methods import Method, methods_of
from .observers import attributes, chosen, looking, moves, properties, telling
from .resolve import Resolved, resolve
from .specification import specification
from .spelling import Spelling, refuse_ignored
from .trial import Subject, Trial

OBJECT: Final = re.compile(r"\bit\b")
ALL: Final = ", ".join(SCENARIOS)


def choose(named: Named, given: Given) -> Choice:
    """What is graded. Runs the reader's code: in a child process only.

    Raises:
        TargetError: nothing can be graded so.
    """
    resolved = resolve(named)
    if resolved.kind == "calls":
        given = given.over(given_by(resolved.module))
        if not given.new and not given.tasks and not given.calls and not given.scenarios:
            raise TargetError(f"{named.word} has neither CALLS nor TASKS nor NEW: there is nothing to call.")
    given = replace(given, spec=specification(given.spec, named))
    return _Chooser(named, resolved, given).choice()


class _Chooser:
    """Chooses for one target."""

    def __init__(self, named: Named, resolved: Resolved, given: Given) -> None:
        self._named, self._resolved, self._given = named, resolved, given
        self._trial = Trial(resolved.module)
        self._left_out: list[tuple[str, str]] = []
        self._make = ""
        self._first = given.first
        self._heard: tuple[str, ...] = ()

    def choice(self) -> Choice:
        """All of it."""
        given, named = self._given, self._named
        self._make = given.new if given.new is not None else self._made_by()
        manager, scenarios = self._scenarios()
        picks = [] if given.new is not None or not self._make else ["new"]
        methods: list[Method] = []
        calls = Calls(list(given.calls))
        if not given.calls and not given.tasks and not given.only_scenarios():
            methods, trips = self._with_handles(self._methods())
            picks += ["first"] if self._first != given.first else []
            calls = choose_calls(methods, self._object, self._trial)
            calls.texts += trips
            self._left_out += calls.left_out
            picks.append("calls")
            if not calls.texts:
                raise TargetError(self._nothing_to_call(), undecided=bool(self._left_out))
        self._spell()
        then = given.then
        if then is None and not given.only_scenarios():
            said = [call for task in given.tasks for call in task]
            then = self._observers(methods or self._methods(), [*calls.changing, *given.calls, *said])
            picks.append("then")
        elif given.calls:
            self._try(given.calls, self._object())
        choice = Choice(
            named.word if named.name or not self._resolved.name else f"{named.word}:{self._resolved.name}",
            named.root,
            named.module,
            self._imports(),
            self._make,
            given.tasks,
            () if given.tasks else tuple(dict.fromkeys(calls.texts)),
            then or (),
            given.holds,
            given.ignore,
            given.spec,
            given.model or GIL,
            named.paths,
            tuple(self._left_out),
            tuple(picks),
            *self._place(),
            starts_threads=self._trial.starts_threads,
            manager=manager,
            scenarios=scenarios,
            keys=given.alike,
            first=self._first,
            beside=tuple(f"{named.word}:{name}" for name in self._resolved.beside),
        )
        refuse_ignored(choice, given)
        return choice

    def _spell(self) -> None:
        """Refuse what the author has misspelt."""
        given = self._given
        asked = [*given.calls, *(text for task in given.tasks for text in task)]
        if asked and self._make and not given.first and not any(OBJECT.search(text) for text in asked):
            raise TargetError(f"No call uses `it`, the object: {'; '.join(asked)}. Name those that do as well.")
        texts = [*given.first, *asked, *(given.then or ()), *given.holds]
        if texts:
            Spelling(self._object().it, self._resolved.module).check(texts)

    def _try(self, texts: Sequence[str], it: Subject) -> None:
        """Call them one after another, as long as there is time: they may start threads, or change what is seen."""
        for text in texts:
            if not self._trial.over():
                self._trial.call(text, it)

    def _scenarios(self) -> tuple[str, tuple[str, ...]]:
        """How a session manager is made, and which scenarios are asked of it; nothing if it is none, or if the author
        has said which calls are meant."""
        given, asked = self._given, self._given.scenarios
        if asked is None and (given.tasks or given.calls):
            return "", ()
        lacking = missing(self._object().it) if self._make else ["object"]
        if not lacking:
            for name in asked or ():
                if name not in SCENARIOS:
                    raise TargetError(f"There is no scenario {name!r}.{close(name, SCENARIOS)} There are: {ALL}.")
            return self._manager(), tuple(SCENARIOS) if asked is None else asked
        if asked:
            raise TargetError(f"{self._named.word} is no session manager: it has no {', '.join(lacking)}.")
        return "", ()

    def _manager(self) -> str:
        given = self._given
        if given.manager is not None or given.new is not None or self._resolved.kind != "class":
            return given.manager or self._make
        return plain(self._resolved, self._trial) or self._make

    def _made_by(self) -> str:
        if self._resolved.kind == "class":
            known = "" if missing(self._resolved.value) else plain(self._resolved, self._trial)
            return known if known and not known.endswith("()") else constructor(self._resolved, self._trial)
        return factory(self._resolved, self._trial) if self._resolved.kind == "function" else ""

    def _object(self) -> Subject:
        """A new object after what comes first."""
        return self._after(self._first)

    def _after(self, first: Sequence[str]) -> Subject:
        subject = Subject(self._bare())
        self._try(first, subject)
        return subject

    def _bare(self) -> Any:
        """A new object, or the first one if its class makes only one; the module if there is none."""
        if not self._make:
            return self._resolved.module
        made = self._trial.make(self._make)
        if made.outcome == "returns":
            return made.value
        if self._make not in self._trial.made:
            raise TargetError(not_made(self._resolved.name, self._make, made))
        return self._trial.made[self._make]

    def _with_handles(self, methods: list[Method]) -> tuple[list[Method], list[str]]:
        """What methods keep and call, and what they take of each other, unless the author has said what comes first."""
        if self._first:
            return methods, []
        trial, module = self._trial, self._resolved.module
        said = self._given.then is not None  # also that nothing is observed
        heard = Listeners(methods) if said else listen(methods, self._after, trial, module)
        self._first, self._heard = heard.first, heard.then
        if not self._make:
            return heard.methods, [*heard.trips]
        handles = hand_out(heard.methods, lambda first: self._after((*heard.first, *first)), trial, module, heard.names)
        self._first += handles.first
        return handles.methods, [*heard.trips, *handles.round_trips]

    def _place(self) -> tuple[str, int]:
        """Where the source of what is graded begins; of the module, if that is not known."""
        value: Any = self._resolved.value
        if self._resolved.kind == "calls" and self._make:
            value = type(self._object().it)
        try:
            return inspect.getsourcefile(value) or "", inspect.getsourcelines(value)[1]
        except (TypeError, OSError):
            return self._resolved.module.__file__ or "", 1

    def _methods(self) -> list[Method]:
        if self._make:
            methods, left_out = methods_of(self._object().it, self._resolved.module)
            self._left_out += left_out
            return methods
        function = self._resolved.value
        return together(function, self._resolved.module) if isinstance(function, FunctionType) else []

    def _observers(self, methods: list[Method], changing: Sequence[str]) -> tuple[str, ...]:
        fresh, used = self._object(), self._object()
        moved: set[str] = set()
        ended = []
        for text in (*changing, *changing):  # a hit comes with the second look
            if not self._trial.over():
                ended += [text] if self._trial.call(text, used).outcome != "blocks" else []
                moved |= moves(fresh.it, used.it)
        if self._make:
            candidates = [
                *properties(type(fresh.it)),
                *(name for name in attributes(fresh.it, used.it) if name in moved or fresh.it is used.it),
            ]
        else:
            function = self._resolved.value
            candidates = variables(function, self._resolved.module) if isinstance(function, FunctionType) else []
        candidates += looking(methods)
        if self._make:
            once = {method_of(text): text for text in reversed(ended)}.values()
            states = [partial(self._used, texts) for texts in (ended, *([text] for text in once))]
            candidates += telling(methods, self._object, states, self._trial)
        return *chosen(candidates, fresh, used, self._trial), *self._heard

    def _used(self, texts: Sequence[str]) -> Subject:
        """An object on which these calls have been made."""
        used = self._object()
        self._try(texts, used)
        return used

    def _imports(self) -> str:
        named, resolved = self._named, self._resolved
        if resolved.kind == "calls":
            return ""
        if not self._make:
            return f"import {named.module}"
        if self._given.new is not None:
            return f"from {named.module} import *"
        return f"from {named.module} import {resolved.name.split('.')[0]}"

    def _nothing_to_call(self) -> str:
        name = self._named.name or self._named.word
        reasons = "; ".join(f"{method}: {why}" for method, why in self._left_out) or "it has no public method"
        return f"Nothing to call was found on {name} ({reasons}). Give calls with --call, such as --call 'it.get(1)'."
