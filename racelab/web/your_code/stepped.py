"""The frames of a finding with the author's source beside them, in pieces that a page can colour."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterable, Iterator
from typing import Final

from ...grading.classes.frames import FramesJson
from ...grading.classes.running.apart import StoryJson
from ...grading.classes.trace import file_name
from ..sources import painted
from .json_types import CodeFileJson, CodeLineJson, FindingToldJson, SteppedJson

WHOLE: Final = 60
"""A file of so many lines is shown whole; of a longer one, the functions that the finding goes through."""


def told(stories: Iterable[StoryJson]) -> list[FindingToldJson]:
    """Findings for the page."""
    return [
        {
            "number": one["number"],
            "meaning": one["meaning"],
            "paragraph": one["paragraph"],
            "stepped": stepped(one["frames"]) if one["frames"] else None,
        }
        for one in stories
    ]


def stepped(frames: FramesJson) -> SteppedJson:
    """All of it for the page."""
    through: dict[str, set[int]] = {}
    for frame in frames["frames"]:
        for stands in frame["stands"].values():
            through.setdefault(stands["file"], set()).update({stands["just"], stands["next"]} - {0})
    files = {file: _file(file, text, through.get(file, set())) for file, text in frames["files"].items()}
    for frame in frames["frames"]:
        frame["words"] = [each.replace("->", "→") for each in frame["words"]]
    return {"threads": frames["threads"], "frames": frames["frames"], "files": files}


def _file(file: str, text: str, through: set[int]) -> CodeFileJson:
    lines = text.splitlines()
    try:
        pieces = [list(each) for each in painted(lines)]
    except (tokenize.TokenError, SyntaxError, IndexError):  # it has been edited meanwhile
        pieces = [[("", line.strip())] for line in lines]
    wanted = range(1, len(lines) + 1) if len(lines) <= WHOLE else sorted(_parts(text, through))
    return {"name": file_name(file), "lines": list(_with_gaps(wanted, lines, pieces))}


def _with_gaps(wanted: Iterable[int], lines: list[str], pieces: list[list[tuple[str, str]]]) -> Iterator[CodeLineJson]:
    before = 0
    for number in wanted:
        if number > len(lines):
            return
        if number != before + 1:
            yield {"number": 0, "indent": 0, "pieces": []}
        line = lines[number - 1]
        yield {"number": number, "indent": len(line) - len(line.lstrip()), "pieces": pieces[number - 1]}
        before = number


def _parts(text: str, through: set[int]) -> set[int]:
    """The lines of the innermost functions around the given lines, and where their classes begin."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return through
    found = set(through)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        inside = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if through.isdisjoint(inside):
            continue
        found.update({node.lineno} if isinstance(node, ast.ClassDef) else inside)
    return found
