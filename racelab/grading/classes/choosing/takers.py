"""Which methods take what another method has handed out, and in which of their places."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from inspect import Parameter
from typing import Final

from .domains import Values
from .methods import Method
from .trial import Subject, Trial, content
from .trying import Fit, fit

ROLES: Final = ("unknown", "value")
"""Of a parameter that may be a handle, though its name does not say so."""
PART: Final = 0.4
"""Of the time for trials: after that, what has been found by then is handed out."""
HANDLES: Final = tuple(f"handle_{number}" for number in range(2))
Make = Callable[[tuple[str, ...]], Subject]
First = Callable[[tuple[str, ...]], tuple[str, ...]]
"""The calls that make handles of these names."""


@dataclass(frozen=True, slots=True)
class Form:
    """A method, with the places where it may take handles, and what it does with the grader's own values there.

    Attributes:
        instead: whether the method is called so and not without; false if it has a default in that place.
    """

    method: Method
    places: tuple[int, ...]
    plain: Fit
    instead: bool = True

    def names(self) -> list[str]:
        """What its parameters in those places are called."""
        return [self.method.given[place][0].name for place in self.places]

    def upserts(self) -> bool:
        """Whether it makes what there is not."""
        return self.plain.tried.outcome == "returns" and self.plain.changed

    def given(self, names: tuple[str, ...], fitted: bool = False) -> Method:
        """The method, given these names in those places."""
        method = self.plain.method if fitted else self.method
        given = [
            (each, Values("key", names) if place in self.places else old)
            for place, (each, old) in enumerate(method.given)
        ]
        return replace(method, given=given)


def forms_of(
    method: Method, plain: Fit, known: tuple[str, ...], make: Callable[[], Subject], trial: Trial
) -> list[Form]:
    """All ways in which a method may take handles, the most likely first.

    Args:
        plain: what it does with the grader's own values.
        known: the names of handles that have been handed out: where one is given, no other is.
        make: a new object.
    """
    found = [Form(method, places, plain) for places in _places(method, known)] if _may_be_given(plain) else []
    for parameter, values in method.optional:
        if values.role in ("key", *ROLES):
            own = replace(values, texts=tuple(text for text in values.texts if text != "None"))
            longer = replace(method, given=[*method.given, (parameter, own)], optional=[])
            with_own = fit(longer, make, trial)
            found += [Form(longer, (len(method.given),), with_own, instead=False)] if _may_be_given(with_own) else []
    return found


def _may_be_given(plain: Fit) -> bool:
    return plain.tried.outcome not in ("blocks", "refused")


def _places(method: Method, known: tuple[str, ...]) -> Iterator[tuple[int, ...]]:
    """Wherever a name says so, or else in any place."""
    free = [
        (place, values.role)
        for place, (parameter, values) in enumerate(method.given)
        if parameter.kind is not Parameter.VAR_KEYWORD and not set(values.texts) & set(known)
    ]
    keys = [place for place, role in free if role == "key"]
    if len(keys) >= len(HANDLES):
        yield tuple(keys[: len(HANDLES)])
    yield from ((place,) for place in keys)
    yield from ((place,) for place, role in free if role in ROLES)


class Takers:
    """Who takes what one giver hands out.

    Args:
        forms: of each method, by its place among all.
        first: makes handles of the giver's.
        make: a new object, after the calls that make handles of other kinds, and then some.
        new: a new object, with no handle at all.
    """

    def __init__(
        self, forms: dict[int, list[Form]], first: First, make: Make, new: Callable[[], Subject], trial: Trial
    ) -> None:
        self._forms, self._first, self._make, self._new, self._trial = forms, first, make, new, trial

    def needing(self) -> dict[int, Form]:
        """Those that succeed with a handle where they did not, or do more, each by its place."""
        return self._more({}, self._does_more)

    def all_of(self, needing: dict[int, Form]) -> dict[int, Form]:
        """And those that do as much with a key that nobody has: parameters of the same name take the same, and so does
        what answers otherwise once a handle's calls have changed something."""
        names = {name for form in needing.values() for name in self._needed(form)}
        alike = self._more(needing, lambda form: names.issuperset(form.names()))
        changes = [change for form in alike.values() if (change := self._change(form))[0]]
        return self._more(alike, lambda form: any(self._notices(form, *change) for change in changes))

    def is_known(self, form: Form, upserts: bool) -> bool:
        """Whether it does something with the grader's own values too, at once or when a handle has been made.

        Args:
            upserts: whether any method makes what there is not.
        """
        if form.plain.tried.outcome != "returns":
            return False
        return upserts or _sign(form.plain) != _sign(self._fit(form.method, 1))

    def _more(self, found: dict[int, Form], takes: Callable[[Form], bool]) -> dict[int, Form]:
        others = {place: forms for place, forms in self._forms.items() if place not in found}
        more = {place: self._first_of(forms, takes) for place, forms in others.items()}
        return found | {place: form for place, form in more.items() if form is not None}

    def _first_of(self, forms: list[Form], takes: Callable[[Form], bool]) -> Form | None:
        """Where one of two places alone is enough, the other one is left to keys: of one session, two keys collide."""
        found = next((form for form in forms if not self._trial.over(PART) and takes(form)), None)
        alone = self._alone(found) if found is not None else []
        return alone[0] if len(alone) == 1 else found

    def _does_more(self, form: Form) -> bool:
        plain = form.plain
        if form.upserts():
            return False
        one = self._with(form, len(form.places))
        if one.tried.outcome != "returns" or plain.tried.outcome != "returns":
            return one.tried.outcome == "returns"
        return self._is_due_to(form, one)

    def _is_due_to(self, form: Form, one: Fit) -> bool:
        """Whether it does more because of a handle: not whatever it is given, nor by giving back what it was given."""
        if _sign(one) == _sign(form.plain):
            return False
        many = len(form.places)
        names = self._make(self._first(HANDLES[:many])).names
        handles = [names.get(name) for name in HANDLES[:many]]
        if _sign(self._unrelated(form, handles)) == _sign(one):
            return False
        if not form.instead and content(one.tried.value) in map(content, handles):
            return False
        is_own = form.instead and any(repr(handle) in (form.plain.texts or ()) for handle in handles)
        return is_own or _sign(one) != _sign(self._fit(form.plain.method, many))

    def _needed(self, form: Form) -> list[str]:
        """The names of its parameters that need a handle, even if others have none."""
        return [name for one in self._alone(form) for name in one.names()] or form.names()

    def _alone(self, form: Form) -> list[Form]:
        """Of several places, those in which a handle does more though the others have none."""
        alone = [replace(form, places=(place,)) for place in form.places] if len(form.places) > 1 else []
        return [one for one in alone if self._does_more(one)]

    def _change(self, form: Form) -> tuple[str, int]:
        """Its call, if that changes something, and how many handles it takes; else an empty text."""
        one = self._with(form, len(form.places))
        return one.method.text(one.texts) if one.changed and one.texts is not None else "", len(form.places)

    def _notices(self, form: Form, change: str, takes: int) -> bool:
        """Whether only what it does with a handle is another thing after a change."""
        many = max(takes, len(form.places))
        before, after = (_sign(self._with(form, many, *then)) for then in ((), (change,)))
        return before != after and _sign(self._fit(form.method, many)) == _sign(self._fit(form.method, many, change))

    def _with(self, form: Form, many: int, *then: str) -> Fit:
        return self._fit(form.given(HANDLES[: len(form.places)], fitted=True), many, *then)

    def _unrelated(self, form: Form, handles: list[object]) -> Fit:
        """What it does with these on an object that has handed nothing out: what it makes of any value."""

        def make() -> Subject:
            subject = self._new()
            subject.names.update(zip(HANDLES, handles, strict=False))
            return subject

        return fit(form.given(HANDLES[: len(form.places)], fitted=True), make, self._trial)

    def _fit(self, method: Method, many: int, *then: str) -> Fit:
        return fit(method, partial(self._make, (*self._first(HANDLES[:many]), *then)), self._trial)


def _sign(one: Fit) -> Hashable:
    return one.tried.outcome, one.changed, content(one.tried.value)
