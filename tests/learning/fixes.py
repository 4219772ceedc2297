"""Fixes that learners try: of each exercise some that are wrong, which must not pass, and some that are right.

`fixes/NAME.toml` has them. A fix is written as what differs from the exercise: a function replaces the method of its
name, or is a new one; a class replaces the one of its name; `self.name = ...` comes last in `__init__`.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from racelab.learning.course import Exercise, course

FOLDER: Final = Path(__file__).with_name("fixes")
RIGHT, WRONG = "right", "wrong"


@dataclass(frozen=True, slots=True)
class Fix:
    """One of them: whether it is right, in which words it is described, and the file of the learner's."""

    exercise: Exercise
    right: bool
    name: str
    source: str


def fixes() -> list[Fix]:
    """All, exercise after exercise."""
    return [
        Fix(each, kind == RIGHT, name, applied(each, text))
        for each in course()
        for kind, texts in tomllib.loads((FOLDER / f"{each.name}.toml").read_text(encoding="utf-8")).items()
        for name, text in texts.items()
    ]


def applied(exercise: Exercise, fix: str) -> str:
    """The exercise with a fix in it."""
    lines = exercise.given.read_text(encoding="utf-8").splitlines()
    nodes = ast.parse("\n".join(lines)).body
    target = next(node for node in nodes if isinstance(node, ast.ClassDef) and node.name == exercise.target)
    begun = next(node for node in target.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    replaced: dict[tuple[int, int], list[str]] = {(0, 0): ["import threading"]}
    for node in ast.parse(fix).body:
        text = "\n".join(fix.splitlines()[node.lineno - 1 : node.end_lineno])
        if isinstance(node, ast.ClassDef):
            replaced.setdefault(_span(nodes, node.name), []).append(text)
        elif isinstance(node, ast.FunctionDef):
            replaced.setdefault(_span(target.body, node.name), []).append(textwrap.indent(f"{text}\n", " " * 4))
        elif isinstance(node, ast.Assign):
            end = begun.end_lineno or 0
            replaced.setdefault((end, end), []).append(textwrap.indent(text, " " * 8))
        else:
            replaced[0, 0].append(text)
    for (begin, end), texts in sorted(replaced.items(), reverse=True):
        lines[begin:end] = texts
    return "\n".join(lines) + "\n"


def _span(nodes: list[ast.stmt], name: str) -> tuple[int, int]:
    """The lines of what has that name; an empty place at the end of all if nothing has."""
    for node in nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return node.lineno - 1, node.end_lineno or 0
    end = nodes[-1].end_lineno or 0
    return end, end
