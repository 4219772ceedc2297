"""Names that tasks share: globals that functions set, variables of outer functions, and `id`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, READ, WRITE, Modelled
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import here

from . import whose

FIRST_IDENTITY: Final = 1_000_000
COMES_AGAIN: Final = "The id of an object that is gone can be that of a new one, which is not explored."


class Variables:
    """Stands for the variables that one call of a function shares with the functions inside of it."""

    __slots__ = ("__weakref__",)


def variables() -> Variables:
    """The hook: a function that has such variables was called."""
    made = Variables()
    if here.memory is not None:
        here.memory.adopt(made, here.task)
    return made


def shared_read(name: str, site: int, owner: Variables) -> None:
    """The hook: such a variable is about to be read."""
    task, memory = here.task, here.memory
    if task is not None and memory is not None:
        memory.gate(task, site)
        memory.mark(task, owner, name, READ, site)


def shared_write(value: Any, name: str, site: int, owner: Variables) -> Any:
    """The hook: it is about to be set. Returns the value."""
    return _write(owner, value, name, site)


def _write(owner: object, value: Any, name: str, site: int) -> Any:
    task, memory = here.task, here.memory
    if memory is not None:
        if task is not None:
            memory.gate(task, site)
        if type(value) not in ATOMS:
            memory.adopt(value, task)
        if task is not None:
            memory.mark(task, owner, name, WRITE, site, value)
    return value


class Targets:
    """Goes over something, and records that each element is stored in shared variables before the body begins."""

    __slots__ = ("_iterator", "_names", "_owner", "_site")

    def __init__(self, values: Any, names: tuple[str, ...], site: int, owner: Variables) -> None:
        self._iterator, self._names, self._site, self._owner = iter(values), names, site, owner

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        value = next(self._iterator)
        for name in self._names:
            _write(self._owner, value, name, self._site)
        return value


def of_module(names: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """The hooks for the globals of one module."""

    def global_read(name: str, site: int) -> None:
        task, memory = here.task, here.memory
        if task is not None and memory is not None:
            memory.gate(task, site)
            memory.mark(task, names, name, READ, site)
            if memory.trace is not None and name in names:
                memory.tell(names[name])

    def global_write(value: Any, name: str, site: int) -> Any:
        return _write(names, value, name, site)

    return {"_lab_global_read": global_read, "_lab_global_write": global_write}


def identity(value: object) -> int:
    """`id`, but the same in every execution: by the name of the object, not by its address."""
    memory = here.memory
    if memory is None or type(value) in ATOMS:
        return id(value)
    name = _name_of(memory, value)
    if name not in memory.identified:
        if memory.identified and here.task is not None and here.task.index and is_of_task(name):
            memory.places.gaps[COMES_AGAIN] += 1
        memory.identified.add(name)
    return _number(memory, name, value)


def has_address(value: Any) -> bool:
    """Whether its hash is made of an address: its own, or that of something in a tuple."""
    kind = type(value)
    if kind is tuple:
        return any(has_address(part) for part in value)
    return whose.is_hashed_by_address(kind) and not issubclass(kind, Modelled)


def hash_by_address(value: Any) -> int:
    """`hash`, with the identity in place of an address."""
    if type(value) is tuple:
        return hash(tuple([hash_by_address(part) for part in value]))
    return identity(value) if has_address(value) else hash(value)


def identity_of_kept(value: object) -> int:
    """The same for code that keeps what it stores by that alive, so that no address comes again: never plain values."""
    memory = here.memory
    if memory is None:
        return id(value)
    if type(value) in ATOMS:
        return 0  # their addresses differ from run to run
    return _number(memory, _name_of(memory, value), value)


def _number(memory: Memory, name: str, value: object) -> int:
    """An object and the dictionary of its attributes have one name, but not one address."""
    return FIRST_IDENTITY + memory.places.number(("identity", name, type(value) is dict))


def is_of_task(name: str) -> bool:
    """Whether a task has made the object of that name, so that the address may have been another one's."""
    return "." in name.rpartition(" ")[2]


def _name_of(memory: Memory, value: object) -> str:
    if whose.is_eternal(value):
        return f"{type(value).__name__} {getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value)}"
    if issubclass(type(value), Modelled):
        found = object.__getattribute__
        name = found(found(value, "_lab") if hasattr(type(value), "_lab") else value, "name")
        if isinstance(name, str):
            return name
    memory.adopt(value, here.task)
    return memory.thing(value, here.task).name
