"""Fills the generated blocks of the documents, so that no trace, no number and no verdict in them is typed by hand.

A block stands between two comments, the first of which says what it is, and the second of which is `<!-- end -->`:

    <!-- trace: lost-increment buggy "A1 B3 A2" -->   one schedule, step by step
    <!-- why: lost-increment buggy "A1 B3 A2" -->     only the paragraph below it
    <!-- steps: lost-increment buggy "A1 B3 A2" -->   the same schedule, one line for each step
    <!-- source: update_session -->                   that method of the buggy manager
    <!-- scenarios: lost_update -->                   what shows a bug, and in how many schedules
    <!-- verdict: one-write-lock -->                  what the explorer says of a fix
    <!-- tally: fixes -->                             how many fixes there are, and how many of them hold
    <!-- bugs: cost -->                               the four bugs, and what each costs
"""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import shlex
import textwrap
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from racelab.bugs import BUGS
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.traces.explanation import paragraph, share, text
from racelab.explorer.traces.places import ROOT
from racelab.explorer.traces.recording import replay
from racelab.explorer.traces.trace import Step, Trace
from session_manager import buggy
from session_manager.fixes import CATALOGUE

from . import matrix
from .variants import subject_of

Matrix = dict[str, Any]

BEGIN, END = "<!-- {}: ", "<!-- end -->"
_BLOCK = re.compile(r"<!-- (\w+): (.*?) -->\n(.*?)<!-- end -->", re.DOTALL)


class BadBlock(ValueError):
    """A document has a block that cannot be generated."""


def pages() -> list[Path]:
    """Every document that has a block."""
    every = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [page for page in every if END in page.read_text(encoding="utf-8")]


def rewrite() -> list[Path]:
    """Fill every document again. Returns those that have changed."""
    changed, documented = [], matrix.kept()
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = fill(before, documented)
        if after != before:
            page.write_text(after, encoding="utf-8")
            changed.append(page)
    return changed


def fill(document: str, documented: Matrix | None = None) -> str:
    """The document with every block generated again.

    Args:
        document: its text.
        documented: the matrix; that of docs/matrix.json if none is given.

    Raises:
        BadBlock: in words.
    """
    cells = matrix.kept() if documented is None else documented

    def made(block: re.Match[str]) -> str:
        kind, asked = block[1], block[2]
        if BEGIN.partition("{")[0] in block[3]:
            raise BadBlock(f"The block {kind}: {asked} does not end before the next one begins.")
        return f"<!-- {kind}: {asked} -->\n\n{_make(kind, asked, cells).strip()}\n\n{END}"

    filled, many = _BLOCK.subn(made, document)
    if many != document.count(END):
        raise BadBlock(f"{document.count(END)} blocks end, and {many} of them begin as they should.")
    return filled


def _make(kind: str, asked: str, cells: Matrix) -> str:
    if kind not in _MAKERS:
        raise BadBlock(f"There is no block {kind!r}. There are: {', '.join(_MAKERS)}.")
    try:
        return _MAKERS[kind](cells, *shlex.split(asked))
    except (AttributeError, LookupError, TypeError, ValueError) as problem:
        raise BadBlock(f"The block {kind}: {asked} cannot be made: {problem!r}.") from problem


def _trace(_: Matrix, scenario: str, variant: str, schedule: str) -> str:
    return f"```text\n{text(_run(scenario, variant, schedule))}\n```"


def _why(_: Matrix, scenario: str, variant: str, schedule: str) -> str:
    told = paragraph(_run(scenario, variant, schedule))
    return textwrap.fill(f"`{scenario}`, `{schedule}`: {told}", 120, initial_indent="> ", subsequent_indent="> ")


def _steps(_: Matrix, scenario: str, variant: str, schedule: str) -> str:
    """A line for each step: its number, its task, the source line, and what is new after it."""
    trace = _run(scenario, variant, schedule)
    lines = [_source_line(step) for step in trace.steps]
    width = max(map(len, lines))
    rows = [
        f"{number}  {step.task}  {line:<{width}}  {'; '.join(_news(step))}".rstrip()
        for number, (step, line) in enumerate(zip(trace.steps, lines, strict=True), 1)
    ]
    return "```text\n" + "\n".join(rows) + "\n```"


def _source_line(step: Step) -> str:
    """The line that the step began with; in words before its operation has begun."""
    return linecache.getline(str(ROOT / step.place.file), step.place.line).strip() if step.place else step.did


def _news(step: Step) -> list[str]:
    """The new local values if nothing shared has changed, the shared changes, and the answers."""
    known = dict(step.place.values) if step.place else {}
    shared = [str(change) for change in step.changes if not change.told]
    values = step.now.values if step.now and not shared else ()
    new = [f"{name}: {value}" for name, value in values if known.get(name) != value]
    return [*new, *shared, *(f"-> {one.call}: {one.answer}" for one in step.answered)]


def _run(scenario: str, variant: str, schedule: str) -> Trace:
    trace = replay(SCENARIOS[scenario], subject_of(variant), parse(schedule))
    if trace.diverged:
        raise BadBlock(f"{scenario} on {variant} cannot follow {schedule!r}: {trace.diverged}")
    return trace


def _source(_: Matrix, method: str) -> str:
    """A method of the buggy manager, without its docstring."""
    lines, first = inspect.getsourcelines(getattr(buggy.SessionManager, method))
    code = textwrap.dedent("".join(lines))
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    docstring = function.body[0]
    kept = [
        line for number, line in enumerate(code.splitlines(), 1) if not docstring.lineno <= number <= _end(docstring)
    ]
    return f"`session_manager/buggy.py`, line {first}:\n\n```python\n" + "\n".join(kept) + "\n```"


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _scenarios(cells: Matrix, bug: str) -> str:
    """A row for each scenario of a bug. An empty table would hide that none shows the bug."""
    head = "| scenario | what happens | buggy | the smallest schedule | fixed |\n|---|---|---|---|---|\n"
    rows = []
    for scenario in matrix.of_bug(bug):
        wrong, right = (cells["cells"][variant][scenario.name] for variant in ("buggy", "fixed"))
        smallest = f"`{wrong['witness']}`" if wrong["witness"] else ""
        rows.append(f"| `{scenario.name}` | {scenario.title} | {_share(wrong)} | {smallest} | {_share(right)} |")
    if not rows:
        raise BadBlock(f"No scenario shows a bug called {bug!r}.")
    return head + "\n".join(rows)


def _share(cell: matrix.Cell) -> str:
    if cell["verdict"] == "cannot tell":
        return "cannot tell"
    return f"{cell['losing'] or 'none'} of {cell['schedules']:,}"


def _verdict(cells: Matrix, name: str) -> str:
    """The explorer's verdict on a fix, in a sentence or two."""
    told, mine = cells["verdicts"][name], cells["cells"][name]
    verdict, scenario = told["verdict"], told["scenario"]
    said = f"**{verdict.capitalize()}.**"
    if verdict == matrix.FIXES:
        own = [mine[shown.name]["schedules"] for shown in matrix.of_bug(CATALOGUE[name].bug)]
        told_more = f"None of the {sum(own):,} schedules of the {len(own)} scenarios of this bug ends in an anomaly."
    elif scenario is None:
        told_more = "Some schedules could not be judged."
    else:
        many = share(mine[scenario]["losing"], mine[scenario]["schedules"])
        also = ", which `buggy` does not have there" if verdict == matrix.BREAKS else ""
        command = f'python3 lab.py replay {scenario} "{told["schedule"]}" --variant {name}'
        told_more = f"`{scenario}`: {many} in an anomaly, such as `{told['anomaly']}`{also}.\nSee `{command}`."
    return f"{said} {told_more}"


def _tally(cells: Matrix, _what: str) -> str:
    """The number of fixes by verdict."""
    of = Counter(told["verdict"] for told in cells["verdicts"].values())
    unsure = f", and for {of['cannot tell']} the verdict is *cannot tell*" if of["cannot tell"] else ""
    fixed = cells["cells"]["fixed"].values()
    clean = sum(cell["verdict"] == "none" for cell in fixed)
    return (
        f"Of {of.total()} fixes, {of[matrix.FIXES]} fix their bug, {of[matrix.PARTIAL]} are partial fixes, and "
        f"{of[matrix.BREAKS]} break something else{unsure}. The reference answer, `fixed`, has no anomaly in {clean} "
        f"of the {len(fixed)} scenarios."
    )


def _bugs(_: Matrix, _what: str) -> str:
    """A line for each bug: what it costs."""
    return "\n".join(f"* **{bug.title}.** {bug.cost}" for bug in BUGS)


_MAKERS: dict[str, Callable[..., str]] = {
    "trace": _trace,
    "why": _why,
    "steps": _steps,
    "source": _source,
    "scenarios": _scenarios,
    "verdict": _verdict,
    "tally": _tally,
    "bugs": _bugs,
}
