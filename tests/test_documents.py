"""What the documents say is what the lab does: their generated blocks, their commands, and what those print."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from app import create_app
from racelab.catalogue import documents
from racelab.catalogue.matrix import of_bug
from racelab.catalogue.variants import VARIANTS
from racelab.cli.commands import cli
from racelab.explorer.kernel.schedule import BadSchedule, parse
from racelab.explorer.programs.scenarios import SCENARIOS
from session_manager.fixes import CATALOGUE
from tests.pages import FRONT_DOOR, PAGES, ROOT, TECHNICAL, blocks, headings, name, run

CORRECT = "Run `python3 lab.py matrix --write`, and look at what it changed."
ANYTHING = "..."
QUICK = ("explore", "replay")
OK = 200


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


@pytest.mark.commands
def test_what_a_document_shows_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command in a `console` block prints what the document shows."""
    monkeypatch.setenv("COLUMNS", "120")  # the width of what a page shows
    monkeypatch.setenv("RACELAB_CACHE", str(tmp_path / "cache"))  # where `grade` keeps its last findings
    offenders, compared = [], 0
    for document in PAGES:
        folder = tmp_path / document.stem
        folder.mkdir()
        (folder / "examples").symlink_to(ROOT / "examples")
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
