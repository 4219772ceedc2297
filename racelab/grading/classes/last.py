"""The last finding of each target, kept in the reader's cache folder: it is graded first the next time.

What is graded under another model, or with other options, has a finding of its own. Nothing is written into the
reader's project. RACELAB_CACHE names another folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .choosing.choice import Choice
from .result import Result


@dataclass(frozen=True, slots=True)
class Last:
    """What was found: the calls of each thread, under which model, and its name."""

    tasks: tuple[tuple[str, ...], ...]
    model: str
    name: str


def folder() -> Path:
    """Where the findings are kept."""
    if named := os.environ.get("RACELAB_CACHE"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "racelab"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "racelab"


def recall(choice: Choice) -> Last | None:
    """The last finding of a target whose calls are still among those that it is graded with; None if there is none."""
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        kept = json.loads(_path(choice).read_text(encoding="utf-8"))
        tasks = tuple(tuple(map(str, task)) for task in kept["tasks"])
        if tasks and all(call in choice.calls for task in tasks for call in task):
            return Last(tasks, str(kept["model"]), str(kept["name"]))
    return None


def keep(choice: Choice, finding: Result | None) -> None:
    """Keep a finding for the next time, or forget the last one. A folder that cannot be written to is not used."""
    with suppress(OSError):
        path = _path(choice)
        if finding is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"target": choice.word, "tasks": finding.program.tasks, "model": finding.model, "name": finding.name}
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(told, indent=1), encoding="utf-8")
        beside.replace(path)


def _path(choice: Choice) -> Path:
    """By the target, and by what its author says of it: not by what is chosen, which changes as the source does."""
    said = {"holds": choice.holds, "ignore": choice.ignore, "spec": choice.spec}
    said |= {"first": choice.first} if choice.first and "first" not in choice.chosen else {}
    said |= {"new": choice.make} if "new" not in choice.chosen else {}
    said |= {"then": choice.then} if "then" not in choice.chosen else {}
    known = repr((choice.root, choice.module, choice.file, choice.word.rpartition(":")[2], choice.model, said))
    return folder() / "grade" / f"{hashlib.sha256(known.encode()).hexdigest()[:24]}.json"
