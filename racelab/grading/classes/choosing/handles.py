"""What one call hands out and others take: the id of a session, a connection, an account.

A method that refuses whatever key the grader has, or does nothing with it, and works with what another method has
returned, takes such a handle. Then handles are made before any thread begins, and all threads know them: two calls race
for one session, and not for two.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from types import ModuleType
from typing import Any, Final

from ..call_source import assignment
from .domains import role_of
from .methods import Method
from .observers import held
from .takers import PART, Form, Make, Takers, forms_of
from .trial import Trial, content
from .trying import Fit, fit

MOST_GIVERS: Final = 6
MOST_PARTS: Final = 3
MOST_KINDS: Final = 3
"""Of handles: users, their sessions, and what these hold."""
FORM: Final = "{} = {}"
OWN: Final = "own"
BEFORE: Final = "before"
MOST_BEFORE: Final = 3
"""Calls of others that are tried before one that hands nothing out of a new object."""


@dataclass(frozen=True, slots=True)
class Handles:
    """What is handed out.

    Attributes:
        first: makes the handles; empty if no method takes any.
        methods: all methods, with handles for those that take them.
        round_trips: a call that hands one out and one that takes it back, by one thread.
        names: of the handles.
        known: methods that take handles, and do something with the grader's own values too.
    """

    first: tuple[str, ...]
    methods: list[Method]
    round_trips: list[str] = field(default_factory=list)
    names: tuple[str, ...] = ()
    known: list[Method] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Giver:
    """Calls that hand out, and what is called before each of them."""

    calls: tuple[str, ...]
    before: tuple[str, ...] = ()

    def first(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The calls that make so many handles, with different arguments where there are any."""
        calls = (*self.calls, *[self.calls[0]] * len(names))
        made = [(*self.before, FORM.format(name, call)) for name, call in zip(names, calls, strict=False)]
        return tuple(text for texts in made for text in texts)


def hand_out(
    methods: list[Method], make: Make, trial: Trial, module: ModuleType, taken: tuple[str, ...] = ()
) -> Handles:
    """Find the method whose answers make the greatest difference to others; and with these handles, the next one.

    Args:
        methods: of the object.
        make: a new object, after some calls.
        trial: where they are tried.
        module: a handle has none of its names.
        taken: nor any of these, which the object knows already.
    """
    found = Handles((), methods, names=taken)
    if any(method.name == "__setitem__" for method in methods):  # it takes whatever key it is given
        return found
    for _ in range(MOST_KINDS):
        more = _Kind(found, make, trial, module).handed_out()
        if more is found:
            break
        found = more
    return replace(found, methods=[*found.methods, *found.known])


class _Kind:
    """One kind of handle, after those that have been found."""

    def __init__(self, found: Handles, make: Make, trial: Trial, module: ModuleType) -> None:
        self._found, self._trial, self._module = found, trial, module
        self._new = partial(make, ())
        self._make: Make = lambda first: make((*found.first, *first))

    def handed_out(self) -> Handles:
        """Handles of this kind too, if there are any."""
        givers, forms = self._tried()
        best, most = _Giver(()), None
        needing: dict[int, Form] = {}
        for giver in givers:
            takers = Takers(forms, giver.first, self._make, self._new, self._trial)
            if len(need := takers.needing()) > len(needing):
                best, most, needing = giver, takers, need
        return self._found if most is None else self._with(best, most, most.all_of(needing))

    def _tried(self) -> tuple[list[_Giver], dict[int, list[Form]]]:
        """Those that may hand something out, and how each method may take it, by its place in the list."""
        trial, methods = self._trial, self._found.methods
        fits = [fit(method, partial(self._make, ()), trial) for method in methods if not trial.over(PART)]
        gives = [(one, ()) for one in fits if _gives(one)] + list(self._after_others(fits))
        givers = [_Giver(calls, before) for one, before in gives[:MOST_GIVERS] for calls in _parts(one)]
        if not givers:
            return [], {}
        known, make = self._found.names, partial(self._make, ())
        pairs = enumerate(zip(methods, fits, strict=False))
        return givers, {place: forms_of(method, plain, known, make, trial) for place, (method, plain) in pairs}

    def _after_others(self, fits: list[Fit]) -> Iterator[tuple[Fit, tuple[str, ...]]]:
        """Methods that hand something out once another has been called: what was put is taken, with a receipt."""
        changes = [FORM.format(BEFORE, call) for one in fits if one.changed for call in one.calls()[:1]]
        all_before = [(change,) for change in changes if assignment(change)[0]][:MOST_BEFORE]
        for one in fits:
            if one.changed or one.tried.outcome == "refused" or one.tried.value is not None:
                continue
            for before in all_before:
                after = None if self._trial.over(PART) else fit(one.method, partial(self._make, before), self._trial)
                if after is not None and _gives(after):
                    yield after, before
                    break

    def _with(self, giver: _Giver, takers: Takers, takes: dict[int, Form]) -> Handles:
        found = self._found
        names = self._names(max(takes.values(), key=lambda form: (len(form.places), form.instead)))
        upserts = any(form.upserts() and form.instead for form in takes.values())
        methods: list[Method] = []
        known = list(found.known)
        for place, method in enumerate(found.methods):
            form = takes.get(place)
            methods += [method] if form is None else [form.given(names)]
            if form is not None and (not form.instead or takers.is_known(form, upserts)):
                known.append(method)
        return Handles(
            (*found.first, *giver.first(names)),
            methods,
            found.round_trips or self._round_trips(giver, takes),
            (*found.names, *names),
            known,
        )

    def _names(self, widest: Form) -> tuple[str, ...]:
        """Handles are called as a parameter that takes them is, if nothing else has that name."""
        return tuple(self._free(name.strip("_")) for name in widest.names())

    def _free(self, name: str) -> str:
        taken = (
            name in ("", "it", OWN, BEFORE, *self._found.names)
            or keyword.iskeyword(name)
            or hasattr(builtins, name)
            or name in vars(self._module)
        )
        return self._free(f"the_{name}") if taken else name

    def _round_trips(self, giver: _Giver, takes: dict[int, Form]) -> list[str]:
        """A handle of the thread's own, made and taken back, if that leaves nothing."""
        made = FORM.format(OWN, giver.calls[0])
        for form in takes.values():
            if len(form.places) == 1 and (text := self._back(form, made)):
                return [f"{made}; {text}"]
        return []

    def _back(self, form: Form, made: str) -> str:
        back = fit(form.given((OWN,), fitted=True), partial(self._make, (made,)), self._trial)
        if back.texts is None or back.tried.outcome != "returns":
            return ""
        text = back.method.text(back.texts)
        leaves = content(self._make((made, text)).it) != content(self._make(()).it)
        return "" if leaves else text


def _gives(one: Fit) -> bool:
    """Whether it changes the object, and returns what can be told from other answers."""
    value = one.tried.value
    return one.changed and one.tried.outcome == "returns" and value is not None and not isinstance(value, bool)


def _parts(one: Fit) -> list[tuple[str, ...]]:
    """Its calls; and if what they return is made of parts, their parts that may be handles by themselves."""
    value: Any = one.tried.value
    if isinstance(value, dict):
        parts = {f"[{name!r}]": part for name, part in dict.items(value) if _is_key(name)}
    elif isinstance(value, tuple):
        parts = {f"[{place}]": part for place, part in enumerate(value)}
    else:
        parts = {f".{name}": part for name, part in held(value).items() if _is_key(name)}
    ends = [end for end, part in parts.items() if isinstance(part, int | str | bytes) and not isinstance(part, bool)]
    first, *others = one.calls()
    is_told_apart = repr(value) not in (one.texts or ())
    calls = [first, *others] if is_told_apart else [*others, first]  # a count of 1 is no handle of what was counted
    return [tuple(f"{call}{end}" for call in calls) for end in ("", *ends[:MOST_PARTS])]


def _is_key(name: object) -> bool:
    return isinstance(name, str) and not name.startswith("_") and role_of(name) == "key"
