"""The files of `grade`: each is complete, or as it was before. What cannot be written is refused before the grade."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from ..grading.classes.report import Report

STANDARD_OUTPUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Files:
    """Where the report is written to, besides the terminal: paths, `-` for standard output, None for nowhere."""

    json: str | None = None
    junit: str | None = None
    sarif: str | None = None

    def given(self) -> dict[str, str]:
        """Those that were asked for, by the option."""
        named = {"--json": self.json, "--junit": self.junit, "--sarif": self.sarif}
        return {option: path for option, path in named.items() if path is not None}

    def prints(self) -> bool:
        """Whether standard output is taken by one of them."""
        return STANDARD_OUTPUT in self.given().values()

    def refuse(self, target: str) -> None:
        """Refuse what could not be written in the end.

        Args:
            target: what is graded: its file is not overwritten.

        Raises:
            click.UsageError: two want the same place, or one cannot be written.
        """
        source = Path(target.rpartition(":")[0] or target)
        taken: dict[str, str] = {}
        for option, path in self.given().items():
            place = path if path == STANDARD_OUTPUT else os.path.realpath(path)
            if other := taken.get(place):
                where = "standard output" if path == STANDARD_OUTPUT else path
                kind = option.removeprefix("--")
                raise click.UsageError(
                    f"{other} and {option} both write to {where}, and nothing could read that. Give one of them a file "
                    f"of its own, such as {option} report.{'xml' if kind == 'junit' else kind}."
                )
            taken[place] = option
            if path != STANDARD_OUTPUT:
                _refuse(option, Path(path), source)

    def write(self, report: Report) -> None:
        """Write the report into each, in place of what was there.

        Raises:
            click.ClickException: one cannot be written.
        """
        for path, text in self._texts(report):
            try:
                _write(path, text.encode())
            except OSError as problem:
                said = problem.strerror or problem
                raise click.ClickException(f"The report could not be written to {path}: {said}.") from problem

    def _texts(self, report: Report) -> Iterator[tuple[str, str]]:
        from ..grading.classes.exports.as_json import as_json
        from ..grading.classes.exports.junit import junit
        from ..grading.classes.exports.sarif import sarif

        if self.json is not None:
            yield self.json, json.dumps(as_json(report), indent=1) + "\n"
        if self.junit is not None:
            yield self.junit, junit(report)
        if self.sarif is not None:
            yield self.sarif, json.dumps(sarif(report, Path.cwd()), indent=1) + "\n"


def _refuse(option: str, path: Path, source: Path) -> None:
    """Refuse a file that cannot be made or replaced."""
    try:
        problem = _problem(path, source)
    except OSError as error:
        problem = f"{error.strerror or error}. Name another file"
    if problem:
        raise click.UsageError(f"{option} {path} cannot be written: {problem}.")


def _problem(path: Path, source: Path) -> str:
    """Why a file could not be written; empty if it can be.

    Raises:
        OSError: the system says why.
    """
    folder = path.absolute().parent
    if path.is_dir():
        return "it is a folder. Name a file in it"
    if not folder.is_dir():
        return f"there is no folder {folder}. Make it, or name a file elsewhere"
    if path.exists() and source.is_file() and path.samefile(source):
        return "it is what is graded. Name another file"
    if not os.access(path if path.exists() else folder, os.W_OK):
        return "that is not allowed here. Name a file elsewhere"
    if not path.exists():
        path.touch()
        path.unlink()
    return ""


def _write(path: str, data: bytes) -> None:
    """All of it or nothing: a file beside it takes its place. A pipe or a device is written to as it is."""
    if path == STANDARD_OUTPUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    place = Path(os.path.realpath(path))
    if (place.exists() and not place.is_file()) or not os.access(place.parent, os.W_OK):
        place.write_bytes(data)
        return
    beside = place.with_name(f".{place.name[:100]}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        if place.exists():
            shutil.copymode(place, beside)
        beside.replace(place)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
