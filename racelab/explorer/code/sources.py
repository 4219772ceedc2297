"""The rewritten source of each file, once for all executions, as long as the file stays what it is."""

from __future__ import annotations

import importlib.util
import os
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Final, cast

from racelab.explorer.kernel.alarm import Alarm
from racelab.explorer.kernel.places import SOURCES

from .python_modules import is_of_python
from .rewriter import Rewritten, rewrite

LONGEST: Final = 60.0
"""Seconds that it may take."""
_known: dict[tuple[str, str], tuple[tuple[int, int], Rewritten]] = {}


def rewritten(name: str, file: str, spec: ModuleSpec) -> Rewritten:
    """The code of a module.

    Raises:
        SyntaxError: the source is not Python, or not in the encoding that it says.
        OSError: it cannot be read.
    """
    stamp = _stamp(file)
    known = _known.get((name, file))
    if known is not None and known[0] == stamp:
        return known[1]
    with Alarm(LONGEST):  # a large one takes longer to rewrite than a step may take
        result = rewrite(_source(name, file, spec), file, name)
    _known[name, file] = stamp, result
    if not is_of_python(name):
        SOURCES.add(file)
    return result


def _stamp(file: str) -> tuple[int, int]:
    """What changes when a file does; nothing for one in an archive."""
    try:
        found = os.stat(file)  # noqa: PTH116 - for every module of every execution
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _source(name: str, file: str, spec: ModuleSpec) -> str:
    path = Path(file)
    if not path.is_file():  # in an archive
        source = cast("Any", spec.loader).get_source(name)
        if source is None:
            raise ImportError(f"The source of {name} cannot be read: {file}", name=name, path=file)
        return str(source)
    try:
        return importlib.util.decode_source(path.read_bytes())
    except (UnicodeDecodeError, SyntaxError) as error:
        raise SyntaxError(str(error), (file, getattr(error, "lineno", None) or 1, None, None)) from error
