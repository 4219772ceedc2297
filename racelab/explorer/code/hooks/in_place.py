"""`+=` and the like: the object that is changed in place, and what its right side looks at."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS
from racelab.explorer.kernel.threads import here

from . import in_steps, interrupted, of_process
from .advancing import is_iterator
from .looking import changes_in_place, look, look_by

OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "Add": operator.iadd,
    "Sub": operator.isub,
    "Mult": operator.imul,
    "MatMult": operator.imatmul,
    "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv,
    "Mod": operator.imod,
    "Pow": operator.ipow,
    "LShift": operator.ilshift,
    "RShift": operator.irshift,
    "BitOr": operator.ior,
    "BitXor": operator.ixor,
    "BitAnd": operator.iand,
}
"""By the name of the node in Python's grammar."""


def in_place(name: str, left: Any, value: Any, site: int) -> Any:
    """The hook: `left += value`, by any operator. Returns what is to be stored."""
    return apply(OPERATORS[name], left, value, site)


def apply(operation: Callable[[Any, Any], Any], left: Any, value: Any, site: int) -> Any:
    """Change `left`, if it can be changed, by `value`."""
    task, memory = here.task, here.memory
    if task is None or memory is None or (type(left) in ATOMS and type(value) in ATOMS and look_by(value, site, "o")):
        return operation(left, value)
    of_process.look_anywhere(memory, task, site)
    memory.gate(task, site)
    if type(value) not in ATOMS:
        memory.adopt(value, task)
    in_steps.tell_in_place(memory, left, value, site, f"__{operation.__name__}__")

    def touch() -> None:
        changes_in_place(memory, task, left, site)
        look(memory, task, value, site, _how(left, value))

    return interrupted.within(task, site, touch, operation, (left, value), {})


def change(left: Any, value: Any, site: int) -> Any:
    """The hook: a local name is about to be changed by `value`, in place if it can. Returns `value`."""
    task, memory = here.task, here.memory
    if type(left) in ATOMS and type(value) in ATOMS:
        look_by(value, site, "o")
    elif task is not None and memory is not None:
        of_process.look_anywhere(memory, task, site)
        memory.gate(task, site)
        in_steps.tell_in_place(memory, left, value, site)
        if type(value) not in ATOMS:
            memory.adopt(value, task)
            look(memory, task, value, site, _how(left, value))
        changes_in_place(memory, task, left, site)
    return value


def _how(left: Any, value: Any) -> str:
    """By what the value is looked at: of text, `%=` is all that takes what is no text."""
    return "i" if is_iterator(value) else "m" if issubclass(type(left), str) else "o"


class Augmented:
    """What was found at the target of `+=`, until Python applies the operator to it."""

    __slots__ = ("_found", "_site")

    def __init__(self, found: Any, site: int) -> None:
        self._found, self._site = found, site

    @classmethod
    def of(cls, found: Any, site: int) -> Any:
        """Numbers are as they are: nothing of theirs can change."""
        return found if type(found) in {int, float, bool} or here.task is None else cls(found, site)


def _operator(operation: Callable[[Any, Any], Any]) -> Callable[[Augmented, Any], Any]:
    return lambda augmented, value: apply(operation, augmented._found, value, augmented._site)


for _operation in OPERATORS.values():
    setattr(Augmented, f"__{_operation.__name__}__", _operator(_operation))
