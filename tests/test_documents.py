"""What the documents say is what the lab does: their generated blocks, their commands, and what those print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app import create_app
from racelab.catalogue import documents
from racelab.catalogue.matrix import of_bug
from racelab.catalogue.variants import VARIANTS
from racelab.cli.commands import cli
from racelab.explorer import replay
from racelab.explorer.kernel.schedule import BadSchedule, parse
from racelab.explorer.programs.scenarios import SCENARIOS
from session_manager.fixes import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CHAPTERS = [ROOT / "docs" / name for name in ("1-see.md", "2-replay.md", "3-fix.md")]
TECHNICAL = ROOT / "docs" / "TECHNICAL.md"
FRONT_DOOR = "python3 lab.py"
CORRECT = "Run `python3 lab.py matrix --write`, and look at what it changed."
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


def test_no_generated_block_is_typed_or_out_of_date() -> None:
    """Each document is exactly what `fill` makes of it."""
    pages = {name(document): document.read_text(encoding="utf-8") for document in documents.pages()}
    assert not [page for page, text in pages.items() if documents.fill(text) != text], CORRECT


def test_filling_twice_changes_nothing() -> None:
    """Filling a filled document changes nothing, and what was typed in it is gone."""
    once = documents.fill(
        "<!-- source: increment_access -->\n<!-- end -->\n\n<!-- tally: fixes -->\nold\n<!-- end -->\n"
    )
    assert documents.fill(once) == once
    assert "old" not in once


def is_filled(text: str) -> bool:
    """Whether the blocks of a text can be made."""
    try:
        documents.fill(text)
    except documents.BadBlock:
        return False
    return True


def test_a_block_that_cannot_be_made_is_an_error() -> None:
    """A block of which not everything is known is an error, and not left empty."""
    bad = (
        *("nothing: x", "trace: lost-update buggy", 'trace: lost-update buggy "A9"', "verdict: no-such-fix"),
        *("scenarios: none", "source: x"),
    )
    assert not [block for block in bad if is_filled(f"<!-- {block} -->\n<!-- end -->\n")]


def test_a_block_that_does_not_begin_or_end_is_an_error() -> None:
    """A block without a beginning or an end is an error, and not left as it is."""
    assert not [text for text in ("<!-- tally: fixes -->\n" * 2 + "<!-- end -->", "<!-- end -->") if is_filled(text)]


def test_every_fix_is_described_and_judged() -> None:
    """The deep dive explains every fix of the catalogue and has its verdict."""
    text = TECHNICAL.read_text(encoding="utf-8")
    assert not [fix for fix in CATALOGUE if f"<!-- verdict: {fix} -->" not in text or f"(`{fix}`)" not in text]


def test_every_bug_has_its_code_its_scenarios_and_a_trace() -> None:
    """The deep dive has the code, the scenarios and a trace of each of the four bugs."""
    text, bugs = (
        TECHNICAL.read_text(encoding="utf-8"),
        ("lost_update", "stale_overwrite", "cleanup_leak", "phantom_session"),
    )
    assert not [bug for bug in bugs if f"<!-- scenarios: {bug} -->" not in text or f"# BUG({bug})" not in text]
    traced = {bug for bug in bugs for each in of_bug(bug) if f"<!-- trace: {each.name} buggy " in text}
    assert traced == {*bugs}


def misuse(command: str) -> str:
    """What the command line, the explorer or the loads do not know of a command; empty if they know it all."""
    words = shlex.split(command)[2:]
    if not words:
        return ""
    known = cli.get_command(click.Context(cli), words[0])
    if known is None:
        return "no such command"
    try:
        given = known.make_context(words[0], words[1:]).params
        if words[0] in QUICK:
            parse(" ".join(given.get("schedule") or ()))
    except click.exceptions.Exit:  # --help
        return ""
    except (click.ClickException, BadSchedule) as error:
        return str(error)
    if words[0] in QUICK and not ((given["scenario"] or "lost-update") in SCENARIOS and given["variant"] in VARIANTS):
        return "no such scenario or variant"
    if words[0] == "load" and not given["name"].isupper():
        return "" if (ROOT / "locustfiles" / f"{given['name']}.py").exists() else "no such load"
    return ""


def test_a_command_is_one_that_the_command_line_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command's options, scenario, variant, schedule and load exist."""
    monkeypatch.chdir(tmp_path)  # an option may name a file to write, which is opened at once
    named = [(name(document), command) for document in PAGES for command in commands(document)]
    assert not [(page, command, why) for page, command in named if (why := misuse(command))]
    wrong = "nothing", "demo --nothing", "explore nothing", "replay lost-update A0", "load nothing"
    assert not [command for command in wrong if not misuse(f"{FRONT_DOOR} {command}")]
    assert len(named) > 20


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
def test_what_a_document_shows_is_what_is_printed(tmp_path: Path) -> None:
    """Every command in a `console` block prints what the document shows."""
    offenders, compared = [], 0
    for document in PAGES:
        folder = tmp_path / document.stem
        folder.mkdir()
        for each, printed in session(document, folder):
            compared += 1
            if not each.agrees(printed):
                offenders.append(f"{name(document)}: {each.command!r} prints something else:\n{printed}")
    assert not offenders, "\n\n".join(offenders)
    assert compared > 5


def test_what_is_compared_can_differ() -> None:
    """A number, a missing line and an extra line are noticed; a duration is not."""
    shown = Typed("", ["20 schedules, in 0.01 s", ANYTHING, "the end ... here"])
    assert shown.agrees("20 schedules, in 0.37 s\na\nb\nthe end is here\n")
    assert not shown.agrees("21 schedules, in 0.01 s\na\nthe end is here\n")
    assert not shown.agrees("20 schedules, in 0.01 s\na\n")
    assert not shown.agrees("20 schedules, in 0.01 s\na\nthe end is here\nno\n")


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


def links(document: Path) -> Iterator[str]:
    """The targets of a document's links to files and headings."""
    yield from re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text(encoding="utf-8"))


def exists(document: Path, target: str) -> bool:
    """Whether the file that a document's link names exists, and has the heading if one is named."""
    file, _, heading = target.partition("#")
    there = document.parent / file if file else document
    return there.exists() and (not heading or heading in headings(there))


def test_every_link_to_a_file_leads_somewhere() -> None:
    """The file of each relative link exists, and the heading if it names one."""
    linked = [(document, target) for document in PAGES for target in links(document)]
    assert not [(name(document), target) for document, target in linked if not exists(document, target)]
    assert not exists(TECHNICAL, "nothing.md")
    assert not exists(TECHNICAL, "#nothing")
    assert len(linked) > 10


def test_every_page_of_the_lab_that_is_named_answers() -> None:
    """Addresses on port 8000, and paths of /replay and /fixes, answer with 200."""
    client = create_app({"SESSION_MANAGER_DATABASE": "memory://"}).test_client()
    text = "\n".join(document.read_text(encoding="utf-8") for document in PAGES)
    named = re.findall(r"<http://127\.0\.0\.1:8000(/[^>]*)?>", text) + re.findall(r"`(/(?:replay|fixes)[^`<]*)`", text)
    answers = {path: client.get(path or "/").status_code for path in named}
    assert not {path: status for path, status in answers.items() if status != OK}
    assert len(answers) > 3


def test_the_plan_names_every_module_of_the_instrument_and_no_other() -> None:
    """The tree of docs/design.md names each module on disk once, and no other."""
    plan = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    tree = plan.partition("racelab/  ")[2].partition("\ntemplates/")[0]
    named = Counter(re.findall(r"\b\w+\.py\b", tree))
    there = Counter(path.name for path in (ROOT / "racelab").rglob("*.py") if path.name != "__init__.py")
    assert named == there


def headings(document: Path) -> list[str]:
    """The anchors of a document's headings."""
    found = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found]


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
