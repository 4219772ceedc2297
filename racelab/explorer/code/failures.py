"""Why a module of the author's cannot be imported, with file and line."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from racelab.explorer.kernel.calls import CannotDecide


class CannotImport(CannotDecide):
    """A module of the author's cannot be imported: with the file and the line."""


def why(name: str, error: BaseException, root: Path) -> str:
    """Why a module cannot be imported, with the line where it failed: in the author's folder, if any is."""
    said = str(error)
    if isinstance(error, SyntaxError) and error.filename:
        said, places = error.msg, [(error.filename, error.lineno)]
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(frame.filename)]
        places = [(frame.filename, frame.lineno) for frame in frames]
    inside = f"{os.path.realpath(root)}{os.sep}"
    own = [place for place in places if os.path.realpath(place[0]).startswith(inside)]
    named = [f"{os.path.relpath(os.path.realpath(file), inside)}, line {line}" for file, line in own[-1:]]
    named += [f"{file}, line {line}" for file, line in places[-1:] if (file, line) not in own]
    where = f" ({'; '.join(named)})" if named else ""
    return f"The module {name} cannot be imported: {type(error).__name__}{f': {said}' if said else ''}{where}."


def _is_ours(file: str) -> bool:
    return file.startswith((f"{Path(__file__).parents[1]}{os.sep}", "<frozen "))
