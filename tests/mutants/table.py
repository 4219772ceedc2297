"""The listed mutants: one slip each in the explorer or the checker, and the tests that should notice it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Mutant:
    """One place of a file, and what stands there instead.

    Attributes:
        name: what goes wrong, in a few words.
        file: from the root of the project.
        old, new: the text, which occurs exactly once in the file, and what replaces it.
        breaks: what that does to a verdict, a count or a witness.
        tests: paths or nodes for pytest, from the folder `tests`.
        survives: why no test can notice it; empty if one should.
    """

    name: str
    file: str
    old: str
    new: str
    breaks: str
    tests: list[str]
    survives: str = ""

    def applied_to(self, source: str) -> str:
        """The source with the slip in it.

        Raises:
            ValueError: the old text does not occur exactly once.
        """
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name!r}: its old text occurs {source.count(self.old)} times in {self.file}.")
        return source.replace(self.old, self.new)


def listed() -> list[Mutant]:
    """Every mutant, file by file."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.toml"))]
    return [Mutant(**entry) for table in tables for entry in table["mutant"]]
