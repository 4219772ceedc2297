"""What the chapters show comes out as they say."""

from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path

import pytest

from racelab.explorer import replay
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.programs.scenarios import SCENARIOS
from tests.pages import CHAPTERS, ROOT, blocks, name, run

PARTS_OF_A_CHAPTER = (
    "At the end you will know",
    "\n## Do this\n",
    "\n## What to observe\n",
    "\n## Questions\n",
    "\n## Exercise",
)


def test_a_chapter_has_a_goal_questions_with_answers_and_an_exercise() -> None:
    """Each chapter has its parts, and six answers or more, all closed."""
    offenders = []
    for document in CHAPTERS:
        text = document.read_text(encoding="utf-8")
        offenders += [(name(document), part) for part in PARTS_OF_A_CHAPTER if part not in text]
        if not text.count("<details>") == text.count("</details>") >= 6:
            offenders.append((name(document), "answers"))
    assert not offenders


@pytest.mark.commands
def test_the_third_chapter_s_exercise_comes_out_as_it_says(tmp_path: Path) -> None:
    """With the save moved under the lock, the chapter's program prints its answer."""
    chapter = CHAPTERS[2]
    (program,) = (block for block in blocks(chapter, "python") if block.startswith("# my_fix.py"))
    save = "        self._database.save_access(session_id, count, now)\n"
    assert program.count(save) == 1
    (tmp_path / "my_fix.py").write_text(program.replace(save, f"    {save}"), encoding="utf-8")
    assert run(".venv/bin/python my_fix.py", tmp_path)[1] in blocks(chapter, "text")
    (test,) = (block for block in blocks(chapter, "python") if block.startswith("# test_my_fix.py"))
    (tmp_path / "test_my_fix.py").write_text(test, encoding="utf-8")
    assert run(".venv/bin/python -m pytest -q test_my_fix.py", tmp_path)[0] == 0


def test_the_third_chapter_s_pool_passes_when_it_acts_at_once(tmp_path: Path) -> None:
    """With its two critical sections merged, the chapter's pool survives its test."""
    two_sections = (
        "            full = len(inside) >= 2\n        if full:\n            raise PoolIsFull\n"
        "        with self.inside as inside:\n"
    )
    one_section = "            if len(inside) >= 2:\n                raise PoolIsFull\n"
    for block in blocks(CHAPTERS[2], "python"):
        file = block.splitlines()[0].removeprefix("# ")
        (tmp_path / file).write_text(block.replace(two_sections, one_section), encoding="utf-8")
    assert one_section in (tmp_path / "pool.py").read_text(encoding="utf-8")
    assert run(".venv/bin/python -m pytest -q test_pool.py", tmp_path)[0] == 0


def test_the_third_chapter_quotes_reasons_that_the_lab_gives() -> None:
    """Each reason of the table about *cannot tell* is in the source, dots apart."""
    table = CHAPTERS[2].read_text(encoding="utf-8").partition("| the message |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    quoted = [
        part.strip(" `") for cell in cells for said in re.findall(r"\*([^*]+)\*", cell) for part in said.split("...")
    ]
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "racelab").rglob("*.py"))
    assert not [part for part in quoted if part not in source]
    assert len(quoted) > len(cells) > 10


def test_the_arithmetic_of_the_second_chapter() -> None:
    """Of 20 interleavings 6 are correct, 12 lose an increment, 2 leave the row behind."""
    orders = {"".join(order) for order in permutations("AAABBB")}
    endings = {order: replay(SCENARIOS["lost-increment"], "buggy", list(order)).ending for order in orders}
    names = {order: {*ending.names} for order, ending in endings.items() if ending is not None}
    assert len(names) == 20
    assert {order for order in names if not names[order]} >= {"AAABBB", "AABABB", "AABBAB"}
    assert sum(not found for found in names.values()) == 6
    assert sum("lost-update" in found for found in names.values()) == 12
    assert {order for order in names if names[order] == {"memory-and-row-differ"}} == {"AABBBA", "BBAAAB"}


def test_the_smallest_count_of_the_second_chapter_is_two() -> None:
    """Two users with three accesses each can leave a count of two."""
    ended = replay(SCENARIOS["lost-increment"].repeated(3), "buggy", parse("A1 B6 A2 B1 A6 B2"))
    assert len(ended.steps) == 18
    assert ended.steps[-1].shared.store[0].count == 2
