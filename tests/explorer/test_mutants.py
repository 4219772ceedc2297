"""The matrix notices a broken line: each statement of the operations is left out in turn, and some cell must differ.

`python3 lab.py matrix --verify` compares the same cells. What may survive is listed, with the reason: it is about what
no scenario has, a database that does not answer, limits, or times.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from racelab.catalogue.matrix import Cell, cell_of, kept
from racelab.explorer import explore
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.search.policies import DepthFirst
from session_manager import buggy, fixed
from session_manager.databases import Database
from session_manager.fixes import CATALOGUE
from session_manager.model import Manager
from session_manager.state import State
from session_manager.sync import Runtime

SUBJECT = Path(__file__).resolve().parents[2] / "session_manager"
BLOCKS = (ast.With, ast.Try, ast.For, ast.While)
NOT_OPERATIONS = {
    "__init__",
    "recover",
    "clear",
    "dead_letters",
    "retry_dead_letter",
    "discard_dead_letter",
    "retry",
    "discard",
    "postpone",
    "oldest",
    "_check",
    "_remove",
    "_discard_oldest",
    "queued",
    "_take_back",
    "_oldest",
    "_outdated",
    "_postpone",
    "get_cleanup_queue_size",
}

SURVIVORS = {
    "no scenario reaches a limit": {
        "if held.store + held.queue >= self._max_sessions:",
        "raise TooManySessions(self._max_sessions)",
        "too_many = len(tables.dead_letters) > self._most",
        "too_many = self._discard_oldest()",
    },
    "no scenario has a database that fails": {
        "self._take_back(session_id, tick)",
        "self._postpone(session_id)",
        "refusals += 1",
        "if refusals == MOST_REFUSALS:",
        "raise",
    },
    "no other process deletes rows": {
        "if row is None or row.deleted:",
        "if row is None:",
        "raise SessionNotFound(session_id)",
        "self._close(session, tick)",
    },
    "no change follows a refresh that brought news": {
        "session.version = row.version",
        "cached.version = row.version",
        "cached.version = max(cached.version, row.version)",
    },
    "no two cycles try one row, and no row is gone from under a save": {
        "if not tables.queue.is_exhausted(session_id):",
        "if session_id not in queue:",
        "return",
    },
    "nothing waits for it": {
        "self._plan(session_id, waiting, now + self.backoff * 2 ** (waiting.attempts - 1))",
        "waiting.due = due",
        "session.cache_time = session.last_db_sync = tick",
        "cached.cache_time = cached.last_db_sync = tick",
    },
    "nobody reads it afterwards": {
        "cached.version += 1",
        "del attempts[session_id]",
        "assert isinstance(cached, SessionWithMutex)",
    },
    "it never comes to it, or does nothing: that is what is wrong with the fix": {
        "cached.data = row.data",
        "if cached.version < seen:",
        "tick = self._runtime.monotonic()",
        "if attempts[session_id] >= MOST_ATTEMPTS:",
        "self._give_up(session_id, queue, attempts)",
    },
}
MAY_SURVIVE = frozenset[str]().union(*SURVIVORS.values())


def statements(tree: ast.Module, inside: str | None) -> Iterator[tuple[list[ast.stmt], int]]:
    """The block and the place of every simple statement of the operations, in the class named `inside` or in all."""
    for kind in tree.body:
        if not isinstance(kind, ast.ClassDef) or inside not in (None, kind.name):
            continue
        for method in kind.body:
            if isinstance(method, ast.FunctionDef) and method.name not in NOT_OPERATIONS:
                yield from _within(method)


def _within(node: ast.AST) -> Iterator[tuple[list[ast.stmt], int]]:
    for parent in ast.walk(node):
        for block in (getattr(parent, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(block, list):
                for place, statement in enumerate(block):
                    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
                    if not isinstance(statement, BLOCKS) and not docstring:
                        yield block, place


def mutants(file: Path, inside: str | None = None) -> Iterator[tuple[str, str]]:
    """The first line of what is left out, and the source without it."""
    source = file.read_text(encoding="utf-8")
    for number in range(len(list(statements(ast.parse(source), inside)))):
        tree = ast.parse(source)
        block, place = list(statements(tree, inside))[number]
        line = ast.unparse(block[place]).splitlines()[0]
        block[place] = ast.Pass()
        yield line, ast.unparse(tree)


def loaded(name: str, package: str, source: str, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A module of that source that stands where the true one does."""
    module = types.ModuleType(f"{package}.{name}_mutant")
    module.__package__, module.__file__ = package, f"{name}_mutant.py"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, module.__file__, "exec"), vars(module))
    return module


def differs(maker: Maker, documented: dict[str, Cell]) -> bool:
    """Whether any cell is not what is documented."""
    return any(
        cell_of(explore(scenario, maker, DepthFirst())) != documented[name] for name, scenario in SCENARIOS.items()
    )


def _over_buggy(kind: type[buggy.SessionManager], database: Database, runtime: Runtime) -> Manager:
    return kind(database, State.private(runtime), runtime)


def test_leaving_out_a_statement_of_the_fixed_manager_changes_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a hundred mutants of the manager and its parts are caught; those that survive are listed."""
    documented, caught, survived = kept()["cells"]["fixed"], 0, set()
    for file, name in (("fixed", "SessionManager"), ("cleanup", "CleanupQueue"), ("dead_letters", "DeadLetters")):
        for line, source in mutants(SUBJECT / f"{file}.py", name):
            mutant = getattr(loaded(file, "session_manager", source, monkeypatch), name)
            with monkeypatch.context() as replaced:
                replaced.setattr(fixed, name, mutant)
                if differs(fixed.SessionManager, documented):
                    caught += 1
                else:
                    survived.add(line)
    assert not survived - MAY_SURVIVE, sorted(survived - MAY_SURVIVE)
    assert caught > 100


@pytest.mark.parametrize("fix", CATALOGUE)
def test_leaving_out_a_statement_of_a_fix_changes_the_matrix(fix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the classes of the catalogue, each for what it overrides itself."""
    kind = CATALOGUE[fix].manager
    file, documented, survived = kind.__module__.rpartition(".")[2], kept()["cells"][fix], set()
    for line, source in mutants(SUBJECT / "fixes" / f"{file}.py", kind.__name__):
        module = loaded(file, "session_manager.fixes", source, monkeypatch)
        if not differs(partial(_over_buggy, getattr(module, kind.__name__)), documented):
            survived.add(line)
    assert not survived - MAY_SURVIVE, sorted(survived - MAY_SURVIVE)


def test_the_true_sources_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read, unparsed and loaded in the same way: what is compared above is the line that was left out, nothing else."""
    source = ast.unparse(ast.parse((SUBJECT / "fixed.py").read_text(encoding="utf-8")))
    module = loaded("fixed", "session_manager", source, monkeypatch)
    assert not differs(module.SessionManager, kept()["cells"]["fixed"])
