"""Runs in a folder, a file for each: they outlive the server, also one that is killed.

A number is claimed by an empty file that nobody else can make. So two labs of one folder have different numbers, and
neither writes what the other one has written. What cannot be read as a run is left alone. What cannot be written waits
in memory, until it can.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

from ...bugs import BUGS
from ..events import Events
from ..json_types import RunJson
from .shape import has_shape

MOST_RUNS: Final = 50
CARDS: Final = {bug.key for bug in BUGS}
MOST_BYTES: Final = 500_000
"""Of one run. One that would be larger is kept without its losses, and then without its curves."""
VERSION: Final = 1
FILE: Final = re.compile(r"run-([1-9][0-9]*)\.json", re.ASCII)
FAR: Final = 1_000_000
"""A number so far behind the one before it was given by hand. No lab counts on from it, or none would be left soon."""
HALF_WRITTEN: Final = re.compile(r"run-[0-9]+\.json\.[0-9a-f]+\.half", re.ASCII)
HALF_WRITTEN_SECONDS: Final = 60.0
NAMED: Final = 3
"""Files that a line names."""


class NoRun(Exception):
    """A file that is no run; the message says why."""


class Kept:
    """See the module.

    Args:
        folder: of the files; None keeps nothing.
        word: tells this process's half-written files from those of others.
        events: is told what cannot be read or written.

    Attributes:
        on: whether there is a folder.
    """

    def __init__(self, folder: Path | None, word: str, events: Events) -> None:
        self._folder = folder
        self.on = folder is not None
        self._word = word
        self._events = events
        self._lock = threading.Lock()
        self._foreign: set[str] = set()
        self._mine: set[int] = set()
        self._waiting: dict[int, RunJson] = {}
        self._refused = ""

    def read(self) -> list[RunJson]:
        """The runs of the folder, by their numbers. Never fails: a file that is no run is told, and left alone."""
        if self._folder is None:
            return []
        runs: list[RunJson] = []
        files = self._files()
        counted = _counted(files)
        wrong = [f"{path.name} (no lab has counted so far)" for _, path in reversed(files[len(counted) :])]
        for number, path in reversed(counted):
            try:
                runs.extend(_read(path, number))
            except NoRun as error:
                self._foreign.add(path.name)
                wrong.append(f"{path.name} ({error})")
            if len(runs) == MOST_RUNS:
                break
        runs.reverse()
        wrong.reverse()
        self._mine.update(run["run"] for run in runs)
        if wrong:
            named = ", ".join(wrong[:NAMED]) + (f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else "")
            sentence = f"In {self._folder} {named}: no run that this lab can read. Left alone, and not shown."
            self._events.say(logging.WARNING, "run_files_ignored", sentence, files=len(wrong), reason=wrong[0])
        return runs

    def claim(self, number: int) -> int:
        """A number from this one on that no other run of the folder has."""
        if self._folder is None:
            return number
        with self._lock, self._told():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._clear_up()
            number = max(number, *(taken + 1 for taken, _ in _counted(self._files())), 1)
            while not self._is_new(number):
                number += 1
        return number

    def write(self, run: RunJson) -> None:
        """Keep a run, in place of what was kept of it before; and no more than `MOST_RUNS`."""
        if self._folder is not None:
            with self._lock:
                self._waiting[run["run"]] = run
                self._write()

    def again(self) -> None:
        """Write what could not be written before."""
        with self._lock:
            if self._waiting:
                self._write()

    def rename(self, number: int, name: str) -> None:
        """Change the name of a run, and nothing else of what is kept of it now."""
        if self._folder is None:
            return
        with self._lock:
            if number in self._mine and number not in self._waiting:
                with suppress(NoRun):
                    self._waiting.update((number, run) for run in _read(self._path(number), number))
            if number in self._waiting:
                self._waiting[number] = {**self._waiting[number], "name": name}
                self._write()

    def delete(self, number: int) -> None:
        """Keep this run no longer.

        Raises:
            OSError: its file cannot be removed; it is kept.
        """
        if self._folder is not None:
            with self._lock:
                if number in self._mine:
                    self._path(number).unlink(missing_ok=True)
                self._waiting.pop(number, None)

    def release(self, number: int) -> None:
        """Give back a number, if nothing was kept of its run."""
        with self._lock, suppress(OSError):
            if number in self._mine and not self._path(number).stat().st_size:
                self._path(number).unlink()

    def trouble(self) -> str:
        """What the page says while runs cannot be written, else nothing. It tells no path: others may read it."""
        if not self._refused:
            return ""
        waiting = sorted(self._waiting)
        some = f"Run {waiting[0]} is" if waiting else "The present run is"
        some = f"{len(waiting)} runs are" if len(waiting) > 1 else some
        return (
            f"Runs cannot be written to their folder ({self._refused}). {some} in memory only until that works again, "
            "and lost if the server stops before."
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say once that nothing can be written, instead of failing."""
        try:
            yield
        except OSError as error:
            why = error.strerror or str(error)
            if why != self._refused:
                self._refused = why
                sentence = f"Runs cannot be kept in {self._folder} ({why}). They stay in memory until they can."
                self._events.say(logging.WARNING, "runs_not_kept", sentence, reason=why)

    def _write(self) -> None:
        """Write what waits, the oldest first, up to the first that fails; and say if all that has failed is written."""
        assert self._folder is not None
        for number in sorted(self._waiting)[:-MOST_RUNS]:
            del self._waiting[number]
        with self._told():
            self._folder.mkdir(parents=True, exist_ok=True)
            for number, run in sorted(self._waiting.items()):
                if number in self._mine or self._is_new(number):
                    self._put(self._path(number), _text(run))
                    del self._waiting[number]
            self._remove_old()
            if self._waiting:
                raise OSError("another lab has runs with the same numbers there")
            if self._refused:
                self._refused = ""
                sentence = f"Runs are kept in {self._folder} again."
                self._events.say(logging.WARNING, "runs_kept_again", sentence)

    def _files(self) -> list[tuple[int, Path]]:
        assert self._folder is not None
        try:
            found = [(FILE.fullmatch(path.name), path) for path in self._folder.iterdir()]
        except OSError:
            return []
        return sorted((int(match[1]), path) for match, path in found if match)

    def _path(self, number: int) -> Path:
        assert self._folder is not None
        return self._folder / f"run-{number}.json"

    def _is_new(self, number: int) -> bool:
        try:
            os.close(os.open(self._path(number), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            return False
        self._mine.add(number)
        return True

    def _put(self, path: Path, text: str) -> None:
        half = path.with_name(f"{path.name}.{self._word}.half")
        try:
            half.write_text(text, encoding="utf-8")
            half.replace(path)
        except OSError:
            with suppress(OSError):
                half.unlink(missing_ok=True)
            raise

    def _clear_up(self) -> None:
        assert self._folder is not None
        for path in self._folder.iterdir():
            with suppress(OSError):  # another lab has finished it in this moment, or it is no file
                if HALF_WRITTEN.fullmatch(path.name) and time.time() - path.stat().st_mtime > HALF_WRITTEN_SECONDS:
                    path.unlink()

    def _remove_old(self) -> None:
        """Remove the runs before the last ones, and what claims a number before these. An empty file is no run."""
        full = 0
        for number, path in reversed(_counted(self._files())):
            if path.name in self._foreign:
                continue
            if full >= MOST_RUNS:
                try:
                    list(_read(path, number))
                    path.unlink(missing_ok=True)
                except NoRun:
                    self._foreign.add(path.name)
            elif _has_bytes(path):
                full += 1


def _counted(files: list[tuple[int, Path]]) -> list[tuple[int, Path]]:
    """Those up to the number that labs have counted to."""
    last = 0
    for place, (number, _) in enumerate(files):
        if number - last > FAR:
            return files[:place]
        last = number
    return files


def _has_bytes(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _read(path: Path, number: int) -> Iterator[RunJson]:
    """The run of a file; none of an empty one, which only claims a number.

    Raises:
        NoRun: it is something else, or cannot be read.
    """
    try:
        if not path.is_file():
            raise NoRun("it is no file")
        size = path.stat().st_size
        if size > 2 * MOST_BYTES:
            raise NoRun(f"it has {size:,} bytes")
        text = path.read_text(encoding="utf-8")
        told = json.loads(text) if text else None
    except (OSError, ValueError, RecursionError) as error:
        raise NoRun(str(error).splitlines()[0][:120] if str(error) else "it cannot be read") from error
    if text:
        yield _checked(told, number)


def _checked(told: Any, number: int) -> RunJson:
    if not isinstance(told, dict) or told.get("version") != VERSION:
        raise NoRun("it is of another version, or of something else")
    run: Any = told.get("run")
    if not has_shape(run, RunJson):
        raise NoRun("a field is missing, or is not what it should be")
    if run["run"] != number:
        raise NoRun(f"it says that it is run {run['run']}")
    if not _is_whole(run):
        raise NoRun("its parts do not fit together")
    return cast(RunJson, run)


def _is_whole(run: RunJson) -> bool:
    """What no type says: a card for each bug, curves of one length and in order, calls in each loss."""
    results, curves = run["variants"].values(), run["curves"]
    at = curves["at"]
    lines = [line for curve in curves["managers"].values() for line in cast("dict[str, list[int]]", curve).values()]
    return (
        run["card"] in {"", *CARDS}
        and at == sorted(at)
        and all(result["cards"].keys() == CARDS and len(result["counts"]["should_be"]) == 2 for result in results)
        and all(len(line) == len(at) for line in lines)
        and all(loss["calls"] and loss["bug"] in CARDS for losses in run["losses"].values() for loss in losses)
    )


def _text(run: RunJson) -> str:
    """As a file has it."""
    smaller: tuple[dict[str, Any], ...] = ({}, {"losses": {}}, {"losses": {}, "curves": {"at": [], "managers": {}}})
    for less in smaller:
        text = json.dumps({"version": VERSION, "run": {**run, **less}}, separators=(",", ":"))
        if len(text) <= MOST_BYTES:
            break
    return text
