"""Attributes of modules: an author's module has its globals as cells, and any other one should not be changed."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from .. import lent
from . import lasting, of_process, whose
from .tables import MUTABLE

FROM_OUTSIDE: Final = "{}.{} is changed from outside of its module, where its own functions look unrecorded."
CHANGED: Final = "{} of the module {} is changed: the next execution would meet that."
REGISTRY: Final = "Who has entered what in __warningregistry__ is not recorded."


def touch(memory: Memory, task: Thread, module: ModuleType, name: str, access: int, site: int, content: object) -> None:
    """Mark a global of another module, or of one's own, looked for as an attribute."""
    names = module.__dict__
    if whose.is_namespace(names):
        rebound = names["__builtins__"].get(whose.REBOUND, ())
        if access and task.index and name not in rebound:
            memory.places.gaps[FROM_OUTSIDE.format(names.get("__name__"), name)] += 1
        if name == "__warningregistry__" and task.index:
            memory.places.gaps[REGISTRY] += 1
        memory.mark(task, names, name, access, site, content)
    elif access:
        lent.keep(module, name)
        memory.places.unfaithful[CHANGED.format(name, names.get("__name__"))] += 1
    elif name == "__dict__":
        handed_out(module)
    elif issubclass(type(names.get(name)), MUTABLE):
        where = f"{names.get('__name__')}.{name}"
        lasting.note_container(names[name], where)
        of_process.found(memory, task, where, site)


def handed_out(module: ModuleType) -> None:
    """Somebody gets all globals of a module as a dictionary."""
    names = module.__dict__
    if not whose.is_namespace(names):
        lasting.note_container(names, f"{names.get('__name__')}.__dict__")


def is_pythons(memory: Memory, container: object) -> bool:
    """Whether a container that is about to change was found in a module of Python's; then that is told."""
    where = lasting.found(container)
    if not where:
        return False
    lent.keep_content(container)
    module, _, name = where.rpartition(".")
    memory.places.unfaithful[CHANGED.format(name, module)] += 1
    return True
