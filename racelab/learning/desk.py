"""The learner's folder: a copy of each exercise to work on, and a file that remembers what has passed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from .course import PROMISED, Exercise, course

FOLDER: Final = "my_exercises"
PROGRESS: Final = "progress.json"
LOCK: Final = ".lock"
PASSED, CHANGED, OPEN = "passed", "changed since it passed", "not yet"


@dataclass(slots=True)
class Progress:
    """What a learner has done.

    Attributes:
        passed: of each exercise that has passed, the digest of the file that did.
        hints: how many have been shown.
        current: the exercise that is worked on; empty in the beginning.
    """

    passed: dict[str, str] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    current: str = ""


class Desk:
    """See the module. Whoever changes the progress holds a lock, so that two terminals lose nothing of each other.

    Args:
        folder: is made, with what is missing in it.

    Attributes:
        damaged: whether the progress could not be read, and begins anew.
        restored: the files that were missing in a folder which was there, and are as in the beginning.

    Raises:
        OSError: the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged = False
        begun = (folder / PROMISED).exists()
        (folder / PROMISED).mkdir(parents=True, exist_ok=True)
        missing = [each for each in course() if not self.file(each).exists()]
        for each in missing:
            _write(self.file(each), each.given.read_bytes())
            self.lay_out(each)
        self.restored = [each.file for each in missing if begun]
        self.progress()

    def file(self, exercise: Exercise) -> Path:
        """The learner's copy."""
        return self.folder / exercise.file

    def lay_out(self, exercise: Exercise) -> bool:
        """See to it that what the grader compares with is as it should be. Returns whether a learner had edited it."""
        promised, right = self.folder / PROMISED / exercise.file, exercise.promised.read_bytes()
        edited = promised.exists() and promised.read_bytes() != right
        if edited or not promised.exists():
            _write(promised, right)
        return edited

    def progress(self) -> Progress:
        """As it was kept last; anew if that cannot be read."""
        try:
            told = json.loads((self.folder / PROGRESS).read_text(encoding="utf-8"))
            passed = {str(name): str(digest) for name, digest in told["passed"].items()}
            hints = {str(name): int(shown) for name, shown in told["hints"].items()}
            return Progress(passed, hints, str(told["current"]))
        except FileNotFoundError:
            return Progress()
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            self.damaged = True
            return Progress()

    def state(self, exercise: Exercise) -> str:
        """Whether it has passed, and is still the file that did."""
        passed = self.progress().passed.get(exercise.name)
        if passed is None:
            return OPEN
        return PASSED if passed == self.digest(exercise) else CHANGED

    def digest(self, exercise: Exercise) -> str:
        """Of the learner's copy; empty if it cannot be read."""
        with suppress(OSError):
            return hashlib.sha256(self.file(exercise).read_bytes()).hexdigest()
        return ""

    def current(self) -> Exercise | None:
        """The exercise that is worked on; the next one, if it has passed; None if all have."""
        here = self._here()
        return here if here is not None and self.state(here) != PASSED else self._open_after(here)

    def go_on(self) -> Exercise | None:
        """Leave the current exercise for the next one that has not passed, and come back to it after the last one."""
        after = self._open_after(self._here() or course()[0])
        if after is not None:
            self.choose(after)
        return after

    def choose(self, exercise: Exercise) -> None:
        """Make it the current one."""
        with self._changing() as progress:
            progress.current = exercise.name

    def enter(self, exercise: Exercise, digest: str, passed: bool) -> None:
        """What the grader said of a file. Another exercise than the current one does not become that.

        Args:
            exercise: whose.
            digest: of the file that was graded: it may have been saved again since then.
            passed: whether it is proved.
        """
        here = self.current()
        with self._changing() as progress:
            if exercise == here:
                progress.current = exercise.name
            if passed:
                progress.passed[exercise.name] = digest
            elif exercise.name in progress.passed:
                del progress.passed[exercise.name]

    def hints(self, exercise: Exercise) -> int:
        """How many hints have been shown."""
        return self.progress().hints.get(exercise.name, 0)

    def next_hint(self, exercise: Exercise) -> int:
        """Count one more hint as shown, and return how many are."""
        with self._changing() as progress:
            shown = min(progress.hints.get(exercise.name, 0) + 1, len(exercise.hints))
            progress.hints[exercise.name] = shown
            return shown

    def reset(self, exercise: Exercise) -> Path | None:
        """Begin an exercise anew.

        Returns:
            where the learner's file is kept; None if there was nothing in it to keep.
        """
        file, given = self.file(exercise), exercise.given.read_bytes()
        kept = None
        if file.exists() and file.read_bytes() != given:
            kept = _unused(file.with_name(f"{file.name}.old"))
            file.replace(kept)
        _write(file, given)
        with self._changing() as progress:
            progress.passed.pop(exercise.name, None)
            progress.hints.pop(exercise.name, None)
            progress.current = exercise.name
        return kept

    def _here(self) -> Exercise | None:
        """The exercise that was the current one last; None in the beginning."""
        name = self.progress().current
        return next((each for each in course() if each.name == name), None)

    def _open_after(self, here: Exercise | None) -> Exercise | None:
        """The first exercise after that one which has not passed; then from the beginning."""
        everything, number = course(), here.number if here is not None else 0
        turned = [*everything[number:], *everything[:number]]
        return next((each for each in turned if self.state(each) != PASSED), None)

    @contextmanager
    def _changing(self) -> Iterator[Progress]:
        """The progress, to be changed. It is complete in its file, or as it was before."""
        with (self.folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            progress = self.progress()
            yield progress
            told = {"passed": progress.passed, "hints": progress.hints, "current": progress.current}
            _write(self.folder / PROGRESS, (json.dumps(told, indent=1) + "\n").encode())


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _unused(path: Path) -> Path:
    """The path, with the first number behind it that no file has: none of those is lost."""
    return next(each for number in count(1) if not (each := Path(f"{path}{number if number > 1 else ''}")).exists())
