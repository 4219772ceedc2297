"""The source of a function for a page: highlighted, with BUG and FIX marks and the lines that a fix changed."""

from __future__ import annotations

import inspect
import keyword
import re
import textwrap
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from types import CodeType

from session_manager import buggy, fixed

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = (Path(fixed.__file__), Path(buggy.__file__).parent / "fixes")
"""The files of the fixes: only their lines can be changes of `buggy.py`."""
_MARK = re.compile(r"#.*\b(BUG|FIX)\(")
_KINDS = {tokenize.COMMENT: "comment", tokenize.STRING: "string"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        number: in its file.
        indent: spaces before it, counted from the function's own.
        pieces: its text in pieces, each with what it is: `comment`, `string`, `keyword` or nothing of these.
        mark: `BUG` or `FIX` if it belongs to such a mark; or empty.
        changed: whether the buggy manager's method of that name does not have it.
    """

    number: int
    indent: int
    pieces: tuple[tuple[str, str], ...]
    mark: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A function. `new` says that the buggy manager has none of that name."""

    file: str
    function: str
    lines: tuple[Line, ...]
    new: bool


@cache
def source_of(code: CodeType) -> Source:
    """The source of a function, read once."""
    there, first = inspect.getsourcelines(code)
    plain = textwrap.dedent("".join(there)).splitlines()
    original = _original(code)
    changed = _changed(original, there)
    shown = zip(plain, painted(plain), _marks(plain), strict=True)
    lines = tuple(
        Line(first + number, len(text) - len(text.lstrip()), pieces, mark, number in changed)
        for number, (text, pieces, mark) in enumerate(shown)
    )
    return Source(Path(code.co_filename).relative_to(ROOT).as_posix(), code.co_name, lines, original == [])


def _original(code: CodeType) -> list[str] | None:
    """The lines of the buggy manager's method of that name; none if it has none. None: this is no answer to it."""
    path = Path(code.co_filename)
    if not any(answers in (path, *path.parents) for answers in ANSWERS):
        return None
    method = getattr(buggy.SessionManager, code.co_name, None)
    return inspect.getsourcelines(method)[0] if method is not None else []


def _changed(original: Sequence[str] | None, lines: Sequence[str]) -> set[int]:
    """Which lines are not in the original, counted from 0."""
    if not original:
        return set()
    blocks = SequenceMatcher(None, original, lines, autojunk=False).get_matching_blocks()
    kept = {line for block in blocks for line in range(block.b, block.b + block.size)}
    return {number for number, line in enumerate(lines) if line.strip()} - kept


def _marks(lines: Sequence[str]) -> list[str]:
    """The mark that each line belongs to: the line that has it, and the lines of the same comment below."""
    marks = [found[1] if (found := _MARK.search(line)) else "" for line in lines]
    for number, (above, line) in enumerate(pairwise(lines), 1):
        if not marks[number] and above.lstrip().startswith("#") and line.lstrip().startswith("#"):
            marks[number] = marks[number - 1]
    return marks


def painted(lines: Sequence[str]) -> list[tuple[tuple[str, str], ...]]:
    """Each line's pieces, without the spaces before it.

    Args:
        lines: of a source that Python can read.
    """
    kinds = [[""] * len(line) for line in lines]
    for token in tokenize.generate_tokens(iter([f"{line}\n" for line in lines]).__next__):
        (row, column), (last_row, last_column) = token.start, token.end
        kind = "keyword" if keyword.iskeyword(token.string) else _KINDS.get(token.type, "")
        for number in range(row, last_row + 1) if kind else ():
            begin = column if number == row else 0
            end = last_column if number == last_row else len(lines[number - 1])
            kinds[number - 1][begin:end] = [kind] * (end - begin)
    return [_pieces(line, of) for line, of in zip(lines, kinds, strict=True)]


def _pieces(line: str, kinds: Sequence[str]) -> tuple[tuple[str, str], ...]:
    blank = len(line) - len(line.lstrip())
    runs = groupby(zip(kinds[blank:], line[blank:], strict=True), key=lambda each: each[0])
    return tuple((kind, "".join(letter for _, letter in run)) for kind, run in runs)
