"""What the documents say is what the lab does: their generated blocks, their commands, and what these print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from app import create_app
from racelab.catalogue import documents
from racelab.catalogue.matrix import of_bug
from racelab.catalogue.variants import VARIANTS
from racelab.cli.commands import cli
from racelab.explorer import replay
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.programs.scenarios import SCENARIOS
from session_manager.fixes import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CHAPTERS = [ROOT / "docs" / name for name in ("1-see.md", "2-replay.md", "3-fix.md")]
TECHNICAL = ROOT / "docs" / "TECHNICAL.md"
FRONT_DOOR = "python3 lab.py"
MEND = "Run `python3 lab.py matrix --write`, and look at what it changed."
ANYTHING = "..."
QUICK = ("explore", "replay")
OK = 200


def name(path: Path) -> str:
    """How a test names a document."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(path: Path) -> Iterator[str]:
    """Every lab.py command of a document, in a block or between backticks, once."""
    text = path.read_text(encoding="utf-8")
    lines = [
        line.removeprefix("$ ")
        for kind in ("sh", "console")
        for part in blocks(path, kind)
        for line in part.splitlines()
    ]
    quoted = [part for line in text.splitlines() for part in re.findall(r"`([^`]+)`", line)]
    yield from dict.fromkeys(
        each for each in (*lines, *quoted) if each == FRONT_DOOR or each.startswith(FRONT_DOOR + " ")
    )


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """Somebody who opens a page."""
    return create_app({"SESSION_MANAGER_DATABASE": "memory://"}).test_client()


@pytest.mark.parametrize("document", documents.pages(), ids=name)
def test_no_generated_block_is_typed_or_out_of_date(document: Path) -> None:
    """A document is exactly what `fill` makes of it."""
    text = document.read_text(encoding="utf-8")
    assert documents.fill(text) == text, f"{name(document)} is not what the lab makes of it. {MEND}"


def test_filling_twice_changes_nothing() -> None:
    """Or the first test could never pass."""
    once = documents.fill(
        "<!-- source: increment_access -->\n<!-- end -->\n\n<!-- tally: fixes -->\nold\n<!-- end -->\n"
    )
    assert documents.fill(once) == once
    assert "old" not in once


@pytest.mark.parametrize(
    "block",
    [
        "nothing: x",
        "trace: lost-update buggy",
        'trace: lost-update buggy "A9"',
        "verdict: no-such-fix",
        "scenarios: none",
        "source: x",
    ],
)
def test_a_block_that_cannot_be_made_is_an_error(block: str) -> None:
    """Never an empty block, and never half a trace."""
    with pytest.raises(documents.BadBlock):
        documents.fill(f"<!-- {block} -->\n<!-- end -->\n")


@pytest.mark.parametrize("text", ["<!-- tally: fixes -->\n<!-- tally: fixes -->\n<!-- end -->", "<!-- end -->"])
def test_a_block_that_does_not_begin_or_end_is_an_error(text: str) -> None:
    """Or it would quietly be left as it is."""
    with pytest.raises(documents.BadBlock):
        documents.fill(text)


def test_every_fix_is_described_and_judged() -> None:
    """A new fix has to be explained, too."""
    text = TECHNICAL.read_text(encoding="utf-8")
    assert [fix for fix in CATALOGUE if f"<!-- verdict: {fix} -->" not in text or f"(`{fix}`)" not in text] == []


@pytest.mark.parametrize("bug", ["lost_update", "stale_overwrite", "cleanup_leak", "phantom_session"])
def test_every_bug_has_its_code_its_scenarios_and_a_trace(bug: str) -> None:
    """What the deep dive promises for each of the four."""
    text = TECHNICAL.read_text(encoding="utf-8")
    assert f"<!-- scenarios: {bug} -->" in text
    assert f"# BUG({bug})" in text
    assert any(f"<!-- trace: {scenario.name} buggy " in text for scenario in of_bug(bug))


@pytest.mark.parametrize(
    ("document", "command"),
    [(document, command) for document in PAGES for command in commands(document)],
    ids=lambda value: str(value)[-60:],
)
def test_a_command_is_one_that_the_command_line_knows(
    document: Path, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name, its options and what they may be, and for the explorer the scenario, the variant and the schedule."""
    monkeypatch.chdir(tmp_path)  # an option may name a file to write, which is opened at once
    words = shlex.split(command)[2:]
    if not words:
        return
    known = cli.get_command(click.Context(cli), words[0])
    assert known is not None, f"{name(document)} names {command!r}"
    try:
        context = known.make_context(words[0], words[1:])
    except click.exceptions.Exit:  # --help
        return
    given = context.params
    if words[0] in QUICK:
        assert (given["scenario"] or "lost-update") in SCENARIOS
        assert given["variant"] in VARIANTS
        parse(" ".join(given.get("schedule") or ()))
    if words[0] == "load":
        assert (ROOT / "locustfiles" / f"{given['name']}.py").exists() or given["name"].isupper()


@dataclass
class Typed:
    """A command of a `console` block, and what the document says that it prints."""

    command: str
    shown: list[str]

    def pattern(self) -> str:
        """`...` stands for any lines, or for anything within a line; how long something took is not compared."""
        parts = []
        for line in self.shown:
            if line == ANYTHING:
                parts.append(r"(?:.*\n)*?")
            else:
                parts.append(re.escape(_timeless(line)).replace(re.escape(ANYTHING), ".*") + r"\n")
        return "".join(parts)

    def agrees(self, printed: str) -> bool:
        """Whether that is what was printed."""
        return re.fullmatch(self.pattern(), _timeless(printed.rstrip("\n") + "\n")) is not None


def typed(block: str) -> list[Typed]:
    """The commands of a block, each with what follows."""
    found: list[Typed] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Typed(line[2:], []))
        else:
            found[-1].shown.append(line)
    return found


def _timeless(text: str) -> str:
    return re.sub(r"\b\d+\.\d\d( ?)s\b", r"0.00\1s", text)


def session(document: Path, folder: Path) -> Iterator[tuple[Typed, str]]:
    """Everything that a reader of a document would save and type, in its order, and what each command prints.

    A `python` block is a file; its first line says which.
    """
    code = 0
    for language, block in re.findall(
        r"^```(python|console)\n(.*?)^```", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    ):
        if language == "python":
            if block.startswith("# "):
                (folder / block.splitlines()[0].removeprefix("# ")).write_text(block, encoding="utf-8")
            continue
        for each in typed(block):
            if each.command == "echo $?":
                yield each, f"{code}\n"
                continue
            code, printed = run(each.command, folder)
            yield each, printed


def run(command: str, folder: Path) -> tuple[int, str]:
    """What a command ends with, and what it prints. The front door itself is opened by the tests of the README."""
    words = shlex.split(command)
    if command.startswith(FRONT_DOOR + " "):
        result = CliRunner().invoke(cli, words[2:], prog_name="lab.py")
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.exit_code, result.output
    assert words[0] == ".venv/bin/python", command
    script = [sys.executable, *(str(folder / word) if word.endswith(".py") else word for word in words[1:])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "-p no:locust -p no:cacheprovider"}
    done = subprocess.run(script, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.commands
@pytest.mark.parametrize("document", [document for document in PAGES if blocks(document, "console")], ids=name)
def test_what_a_document_shows_is_what_is_printed(document: Path, tmp_path: Path) -> None:
    """Every `console` block, with the files that the reader was asked to save."""
    for each, printed in session(document, tmp_path):
        assert each.agrees(printed), f"{name(document)}: {each.command!r} prints something else:\n{printed}"


def test_what_is_compared_can_differ() -> None:
    """The comparison itself: a number, a missing line and a line too many are all noticed; a duration is not."""
    shown = Typed("", ["20 schedules, in 0.01 s", ANYTHING, "the end ... here"])
    assert shown.agrees("20 schedules, in 0.37 s\na\nb\nthe end is here\n")
    assert not shown.agrees("21 schedules, in 0.01 s\na\nthe end is here\n")
    assert not shown.agrees("20 schedules, in 0.01 s\na\n")
    assert not shown.agrees("20 schedules, in 0.01 s\na\nthe end is here\nno\n")


@pytest.mark.parametrize("document", CHAPTERS, ids=name)
def test_a_chapter_has_a_goal_questions_with_answers_and_an_exercise(document: Path) -> None:
    """And every answer that is opened is closed."""
    text = document.read_text(encoding="utf-8")
    for part in (
        "At the end you will know",
        "\n## Do this\n",
        "\n## Look at that\n",
        "\n## Questions\n",
        "\n## Exercise",
    ):
        assert part in text
    assert text.count("<details>") == text.count("</details>") >= 6


@pytest.mark.parametrize("document", PAGES, ids=name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    """Relative ones, and where they name a heading, that too."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text(encoding="utf-8")):
        file, _, heading = target.partition("#")
        there = document.parent / file if file else document
        assert there.exists(), f"{name(document)} links to {target}"
        assert not heading or heading in headings(there), f"{name(document)} links to {target}"


@pytest.mark.parametrize("document", PAGES, ids=name)
def test_every_page_of_the_lab_that_is_named_answers(document: Path, client: FlaskClient) -> None:
    """Addresses on port 8000, and paths in backticks that begin with /replay or /fixes."""
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"<http://127\.0\.0\.1:8000(/[^>]*)?>", text) + re.findall(r"`(/(?:replay|fixes)[^`<]*)`", text)
    answers = {path: client.get(path or "/").status_code for path in named}
    assert all(status == OK for status in answers.values()), answers


def test_the_plan_names_every_module_of_the_instrument_and_no_other() -> None:
    """docs/design.md is the true plan: what is on disk is in its tree, and what is in its tree is on disk."""
    plan = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    tree = plan.partition("racelab/  ")[2].partition("\ntemplates/")[0]
    named = set(re.findall(r"\b\w+\.py\b", tree))
    there = {path.name for path in (ROOT / "racelab").rglob("*.py")} - {"__init__.py"}
    assert named == there


def headings(document: Path) -> list[str]:
    """The anchors of a document's headings."""
    found = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found]


@pytest.mark.commands
def test_the_third_chapter_s_exercise_comes_out_as_it_says(tmp_path: Path) -> None:
    """With the save moved into the `with` block, the program of the chapter prints the chapter's second answer."""
    chapter = CHAPTERS[2]
    (program,) = (block for block in blocks(chapter, "python") if block.startswith("# my_fix.py"))
    save = "        self._database.save_access(session_id, count, now)\n"
    assert program.count(save) == 1
    (tmp_path / "my_fix.py").write_text(program.replace(save, f"    {save}"), encoding="utf-8")
    assert run(".venv/bin/python my_fix.py", tmp_path)[1] in blocks(chapter, "text")
    (test,) = (block for block in blocks(chapter, "python") if block.startswith("# test_my_fix.py"))
    (tmp_path / "test_my_fix.py").write_text(test, encoding="utf-8")
    assert run(".venv/bin/python -m pytest -q test_my_fix.py", tmp_path)[0] == 0


def test_the_arithmetic_of_the_second_chapter() -> None:
    """20 orders: 6 good, 12 lose an increment, and 2 leave only the row behind."""
    orders = {"".join(order) for order in permutations("AAABBB")}
    endings = {order: replay(SCENARIOS["lost-increment"], "buggy", list(order)).ending for order in orders}
    names = {order: set(ending.names) for order, ending in endings.items() if ending is not None}
    assert len(names) == 20
    assert {order for order in names if not names[order]} >= {"AAABBB", "AABABB", "AABBAB"}
    assert sum(not found for found in names.values()) == 6
    assert sum("lost-update" in found for found in names.values()) == 12
    assert {order for order in names if names[order] == {"memory-and-row-differ"}} == {"AABBBA", "BBAAAB"}


def test_the_smallest_count_of_the_second_chapter_is_two() -> None:
    """Two visitors with three accesses each can leave a count of two."""
    ended = replay(SCENARIOS["lost-increment"].repeated(3), "buggy", parse("A1 B6 A2 B1 A6 B2"))
    assert len(ended.steps) == 18
    assert ended.steps[-1].shared.store[0].count == 2
