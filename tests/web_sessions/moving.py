"""A copy of the shop, the changes that docs/migrate.md names, and the shop's own tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.pages import ROOT, blocks

PAGE = ROOT / "docs" / "migrate.md"
SAMPLE = Path(__file__).parent / "sample"
ON_REDIS, IN_FILES, IN_THE_COOKIE = range(3)


def hunks(diff: str) -> list[tuple[list[str], list[str]]]:
    """What a diff takes out and what it puts there."""
    found: list[tuple[list[str], list[str]]] = []
    for line in diff.splitlines():
        if not found or (line.startswith("-") and found[-1][1]):
            found.append(([], []))
        found[-1][line.startswith("+")].append(line[1:])
    return found


def moved(source: str, diff: str) -> str:
    """The source with exactly those lines changed; each that is taken out must be there once, whatever its indent."""
    lines = source.splitlines()
    for old, new in hunks(diff):
        if old:
            places = [at for at in range(len(lines)) if [each.strip() for each in lines[at : at + len(old)]] == old]
            assert len(places) == 1, f"{old} is there {len(places)} times"
            lines[places[0] : places[0] + len(old)] = _indented(new, lines[places[0]])
            continue
        for line in new:  # an import after Flask's, all else after the last setting
            begins = "from flask " if line.startswith("from ") else "app.config"
            at = max(at for at, each in enumerate(lines) if each.strip().startswith(begins))
            lines[at + 1 : at + 1] = _indented([line], lines[at])
    return "\n".join(lines) + "\n"


def _indented(lines: list[str], like: str) -> list[str]:
    space = like[: len(like) - len(like.lstrip())]
    return [space + line for line in lines]


def copied(folder: Path, app: str) -> Path:
    """A copy of the shop with one of its ways to make the app. Returns the file that makes it."""
    for name in ("shop.py", "shop_tests.py", "race_tests.py"):
        shutil.copy(SAMPLE / name, folder / name)
    return Path(shutil.copy(SAMPLE / app, folder / "app.py"))


def run_tests(folder: Path, file: str, **environment: str) -> tuple[int, int]:
    """Run tests as the shop's developers do. How many have passed, and how many not."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:locust", file],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    counts = {
        word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout.splitlines()[-1])
    }
    return counts.get("passed", 0), counts.get("failed", 0) + counts.get("error", 0)


def block(words: str) -> str:
    """The code block of the page that has these words."""
    found = [each for each in blocks(PAGE, "python") if words in each]
    assert len(found) == 1
    return found[0]
