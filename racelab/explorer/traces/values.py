"""Values as data: copied, bounded, and rendered without running a line of their code.

No `__repr__`, no property and no `__iter__` of a reader's class is called: each may raise, take a lock or never end.
What a class keeps in its fields is read from where the interpreter keeps it.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from types import MemberDescriptorType
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from session_manager.model import CachedSession, Row, SessionData

from ..kernel.cells import own_names
from ..kernel.locks import ModelledLock, StartedTask

LONGEST = 60
"""Characters of a value that is shown."""
MOST_PARTS, MOST_NODES, DEEPEST = 100, 2_000, 8
MOST_BITS, MOST_CHARACTERS = 256, 1_000
PLAIN = frozenset({bool, float, complex, type(None), Decimal, UUID, range, timedelta})
"""Their own `repr` is short, always the same, and nobody else's code."""
CONTAINERS = frozenset({dict, list, tuple, SessionData, CachedSession})
"""The most frequent types that are no atoms."""
SUBJECT = "session_manager"


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a value: how a path goes on to it, what stands before it in the text, and itself."""

    step: str
    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class Value:
    """A value at one moment.

    Attributes:
        head, tail: what stands around the parts; an atom is all head.
        parts: what it consists of; None if it is an atom.
        ordered: whether the parts are numbered, so that the first one's leaving moves the others.
        path: how a path to it begins anew, such as `session s1`; empty if it does not.
        told: whether the subject's own tables tell it already.
    """

    head: str
    parts: tuple[Part, ...] | None = None
    tail: str = ""
    ordered: bool = False
    path: str = ""
    told: bool = False

    def text(self, most: int = LONGEST) -> str:
        """In at most that many characters."""
        text = "".join(islice(self._pieces(), most + 1))
        return text if len(text) <= most else text[: most - 1] + "…"

    def _pieces(self) -> Iterator[str]:
        yield from self.head
        for place, part in enumerate(self.parts or ()):
            yield from (", " if place else "") + part.label
            yield from part.value._pieces()
        yield from self.tail


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs at one path. `before` or `after` is None where there is nothing."""

    path: str
    before: Value | None
    after: Value | None
    told: bool


def show(value: object) -> str:
    """A value in few words."""
    return freeze(value).text()


def freeze(value: object) -> Value:
    """A copy that does not change any more."""
    return _Freezer().freeze(value)


def differences(path: str, before: Value, after: Value, told: bool = False) -> Iterator[Difference]:
    """What is different, each at the shortest path that says so."""
    if before == after:
        return
    told = told or before.told or after.told
    path = after.path or path
    if before.parts is None or after.parts is None or not _alike(before, after):
        yield Difference(path, before, after, told)
        return
    old, new = ({part.step: part.value for part in one.parts or ()} for one in (before, after))
    for step in dict.fromkeys([*old, *new]):
        was, now = old.get(step), new.get(step)
        if was is None or now is None:
            there = was or now
            yield Difference(f"{path}{step}", was, now, told or bool(there and there.told))
        else:
            yield from differences(f"{path}{step}", was, now, told)


def _alike(before: Value, after: Value) -> bool:
    """Whether the parts of both can be compared one by one."""
    old, new = before.parts or (), after.parts or ()
    if (before.head, before.path) != (after.head, after.path):
        return False
    shorter = min(len(old), len(new))
    return not before.ordered or len(old) == len(new) or old[:shorter] == new[:shorter]


class _Freezer:
    """Copies one value. It stops after so many parts, whatever they are."""

    def __init__(self) -> None:
        self._left = MOST_NODES
        self._inside: list[int] = []

    def freeze(self, value: Any) -> Value:
        self._left -= 1
        if self._left < 0 or len(self._inside) > DEEPEST or id(value) in self._inside:
            return Value("…")
        self._inside.append(id(value))
        try:
            kind = type(value)
            text = None if kind in CONTAINERS else _atom(value, kind)
            return Value(text) if text is not None else getattr(self, _renderer(kind))(value)
        except Exception:  # noqa: BLE001 - whatever a reader's class has come up with: a trace still says its name
            return Value(_name(type(value)))
        finally:
            self._inside.pop()

    def _object(self, value: Any) -> Value:
        kind = type(value)
        ours = _module(kind).partition(".")[0]
        if is_dataclass(kind) and ours != "racelab":
            stored = dict(_fields(value))
            named = [(field.name, stored.get(field.name)) for field in fields(kind)]
            return self._parts(f"{_name(kind)}(", named, told=ours == SUBJECT)
        if ours in sys.stdlib_module_names or ours in ("racelab", SUBJECT, "greenlet"):
            return Value(_name(kind))
        return self._parts(f"{_name(kind)}(", list(_fields(value)))

    def _list(self, value: list[Any]) -> Value:
        return self._items("[", list.__iter__(value), list.__len__(value), "]")

    def _tuple(self, value: tuple[Any, ...]) -> Value:
        many = tuple.__len__(value)
        return self._items("(", tuple.__iter__(value), many, ",)" if many == 1 else ")")

    def _deque(self, value: deque[Any]) -> Value:
        return self._items("deque([", deque.__iter__(value), deque.__len__(value), "])")

    def _class(self, value: type) -> Value:
        return Value(f"class {_name(value)}")

    def _lock(self, value: ModelledLock[Any]) -> Value:
        return Value(f"the lock of the {value.name}")

    def _thread(self, value: StartedTask) -> Value:
        return Value(f"thread {value.task.name}")

    def _dict(self, value: dict[Any, Any]) -> Value:
        parts = []
        for key, item in islice(dict.items(value), MOST_PARTS):
            name = self.freeze(key).text(LONGEST)
            parts.append(Part(f"[{name}]", f"{name}: ", self.freeze(item)))
        return Value("{", (*parts, *_rest(dict.__len__(value))), "}")

    def _items(self, head: str, items: Iterator[Any], many: int, tail: str) -> Value:
        parts = [Part(f"[{n}]", "", self.freeze(item)) for n, item in enumerate(islice(items, MOST_PARTS))]
        return Value(head, (*parts, *_rest(many)), tail, ordered=True)

    def _set(self, value: Any) -> Value:
        """As an atom: its order differs from run to run, and so does which of very many come first."""
        base: Any = set if issubclass(type(value), set) else frozenset
        many = base.__len__(value)
        if many > MOST_PARTS:
            return Value(f"a set of {many:,}")
        items = ", ".join(sorted(self.freeze(item).text() for item in base.__iter__(value)))
        if base is frozenset:
            return Value(f"frozenset({{{items}}})" if items else "frozenset()")
        return Value(f"{{{items}}}" if items else "set()")

    def _error(self, value: BaseException) -> Value:
        arguments = vars(BaseException)["args"].__get__(value)
        return self._items(f"{_name(type(value))}(", iter(arguments), len(arguments), ")")

    def _session(self, data: SessionData) -> Value:
        parts = [Part(" count", "count=", self.freeze(data.access_count))]
        for key, word in islice(dict.items(data.metadata), MOST_PARTS):
            parts.append(Part(f" key {key}", f"{key}=", Value(str(word)) if type(word) is str else self.freeze(word)))
        if not data.is_authenticated:
            parts.append(Part(" authenticated", "", Value("not authenticated")))
        return Value("", tuple(parts), path=f"session {data.session_id}", told=True)

    def _row(self, value: object) -> Value:
        """A row, or a session as it is held in memory: the version, and the session."""
        stored = dict(_fields(value))
        version, data = self.freeze(stored["version"]), self.freeze(stored["data"])
        return Value("", (Part(".version", "version=", version), Part(".data", "", data)), told=True)

    def _parts(self, head: str, named: list[tuple[str, Any]], told: bool = False) -> Value:
        parts = tuple(Part(f".{name}", f"{name}=", self.freeze(item)) for name, item in named[:MOST_PARTS])
        return Value(head, parts, ")", told=told)


RENDERERS: tuple[tuple[type, str], ...] = (
    (type, "_class"),
    (ModelledLock, "_lock"),
    (StartedTask, "_thread"),
    (SessionData, "_session"),
    (CachedSession, "_row"),
    (Row, "_row"),
    (dict, "_dict"),
    (list, "_list"),
    (tuple, "_tuple"),
    (deque, "_deque"),
    (set, "_set"),
    (frozenset, "_set"),
    (BaseException, "_error"),
)


def _renderer(kind: type) -> str:
    """The method of `_Freezer` for values of this type."""
    known = _KNOWN.get(kind)
    if known is None:
        known = _KNOWN[kind] = next((name for base, name in RENDERERS if issubclass(kind, base)), "_object")
    return known


_KNOWN: WeakKeyDictionary[type, str] = WeakKeyDictionary()


def _atom(value: Any, kind: type) -> str | None:
    """The text of a value that has no parts; None if it has some."""
    if kind in PLAIN:
        return repr(value)
    if issubclass(kind, Enum):
        return f"{_name(kind)}.{vars(value)['_name_']}"
    if issubclass(kind, int):
        bits = int.bit_length(value)
        return int.__repr__(value) if bits <= MOST_BITS else f"a number of {bits:,} bits"
    for base in (str, bytes):
        if issubclass(kind, base):
            return base.__repr__(base.__getitem__(value, slice(MOST_CHARACTERS)))
    if issubclass(kind, datetime):
        return datetime.strftime(value, "%H:%M:%S")
    if issubclass(kind, time):
        return time.strftime(value, "%H:%M:%S")
    return date.isoformat(value) if issubclass(kind, date) else None


def _rest(many: int) -> tuple[Part, ...]:
    """What stands for the parts that there is no room for."""
    return (Part("[…]", "", Value(f"… {many - MOST_PARTS:,} more")),) if many > MOST_PARTS else ()


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """What an object keeps in its slots and in its dictionary."""
    for kind in reversed(type(value).__mro__):
        slots = [(name, slot) for name, slot in vars(kind).items() if isinstance(slot, MemberDescriptorType)]
        for name, slot in slots:
            try:
                yield name, slot.__get__(value)
            except AttributeError:  # never set
                continue
    yield from (own_names(value) or {}).items()


def _name(kind: type) -> str:
    return str(vars(type)["__name__"].__get__(kind))


def _module(kind: type) -> str:
    return str(vars(type)["__module__"].__get__(kind))
