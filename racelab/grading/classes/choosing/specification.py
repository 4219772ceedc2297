"""What `--spec` names: a class that says what is right. One that is misspelt is refused before anything is graded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..target import Named, TargetError, read
from .resolve import looked_up

FORM: Final = "Name a class that is used by one thread at a time: module:Class."


def specification(text: str, named: Named) -> str:
    """The same as `module:Class`. Imports the module: in a child process only, after the target's own.

    Args:
        text: as it was given; empty for none.
        named: the target, whose folders it is found in.

    Raises:
        TargetError: it names no class.
    """
    if not text:
        return ""
    place, _, name = text.rpartition(":")
    if place.endswith(".py"):
        place = _module_in(place, named)
    if not name.isidentifier() or not all(part.isidentifier() for part in place.split(".")):
        raise TargetError(f"{text!r} is no specification. {FORM}")
    value = looked_up(Named(text, named.root, place, name, named.paths))[1]
    if not callable(value):
        raise TargetError(f"{text!r} is no specification: it is of type {type(value).__name__}. {FORM}")
    return f"{place}:{name}"


def _module_in(path: str, named: Named) -> str:
    other = read(path, Path.cwd())
    if other.root not in (named.root, *named.paths):
        raise TargetError(f"{path} lies where {named.word} imports nothing from. Put it into {named.root}.")
    return other.module
