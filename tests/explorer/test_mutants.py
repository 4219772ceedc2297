"""The matrix notices a broken line: each statement of the operations is left out in turn, and some cell must differ.

`python3 lab.py matrix --verify` compares the same cells. What may survive is listed, with the reason: it is about what
no scenario has, a database that does not answer, limits, or times.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest

from racelab.catalogue.matrix import Cell, cell_of
from racelab.explorer.kernel.subject import Maker, Subject
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.search.explore import explore
from racelab.explorer.search.policies import DepthFirst
from session_manager import buggy, fixed
from session_manager.cleanup import CleanupQueue
from session_manager.databases import Database
from session_manager.dead_letters import DeadLetters
from session_manager.fixes import CATALOGUE
from session_manager.model import Manager
from session_manager.state import State
from session_manager.sync import Runtime
from tests.explorer.cells import explored

pytestmark = pytest.mark.exhaustive

ROOT = Path(__file__).resolve().parents[2]
PARTS: dict[str, tuple[type, ...]] = {
    "fixed": (fixed.SessionManager, CleanupQueue, DeadLetters),
    **{name: (fix.manager,) for name, fix in CATALOGUE.items()},
}
"""The classes that a variant is made of. Of a fix, what it overrides itself."""
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
    "peek",
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
    "no task waits for it": {
        "self._plan(session_id, waiting, now + self.backoff * 2 ** (waiting.attempts - 1))",
        "waiting.due = due",
        "session.cache_time = session.last_db_sync = tick",
        "cached.cache_time = cached.last_db_sync = tick",
    },
    "no operation reads it afterwards": {
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


def statements(tree: ast.Module, inside: str) -> Iterator[tuple[list[ast.stmt], int]]:
    """The block and the place of every simple statement of the operations, in the class named `inside`."""
    for kind in tree.body:
        if isinstance(kind, ast.ClassDef) and kind.name == inside:
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


def source_of(kind: type) -> str:
    """The source of the module that has that class."""
    return (ROOT / f"{kind.__module__.replace('.', '/')}.py").read_text(encoding="utf-8")


@cache
def mutants(kind: type) -> list[tuple[str, str]]:
    """The first line of what is left out of that class, and the module's source without it."""
    tree, found = ast.parse(source_of(kind)), []
    for block, place in list(statements(tree, kind.__name__)):
        statement, block[place] = block[place], ast.Pass()
        found.append((ast.unparse(statement).splitlines()[0], ast.unparse(tree)))
        block[place] = statement
    return found


def made_from(source: str, kind: type, patch: pytest.MonkeyPatch) -> Maker:
    """What makes a manager, with that class taken from a source of ours."""
    package, _, file = kind.__module__.rpartition(".")
    module = types.ModuleType(f"{package}.{file}_mutant")
    module.__package__, module.__file__ = package, f"{file}_mutant.py"
    patch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, module.__file__, "exec"), vars(module))
    mutant = getattr(module, kind.__name__)
    if package != fixed.__package__:
        return partial(_over_buggy, mutant)
    patch.setattr(fixed, kind.__name__, mutant)
    return fixed.SessionManager


def _over_buggy(kind: type[buggy.SessionManager], database: Database, runtime: Runtime) -> Manager:
    return kind(database, State.private(runtime), runtime)


def cells(variant: str) -> list[tuple[str, Cell]]:
    """The variant's cells, the cheapest first: most mutants are noticed there."""
    found = {name: cell_of(explored(variant, name)) for name in SCENARIOS}
    return sorted(found.items(), key=lambda cell: (cell[1]["run"], cell[0]))


def differs(maker: Maker, variant: str, order: list[tuple[str, Cell]]) -> bool:
    """Whether any cell is not that of the variant; if so it comes first in the order, for the next mutant is near.

    One execution too many is enough to tell.
    """
    subject = Subject(variant, maker, merge_states=True)
    for place, (name, cell) in enumerate(order):
        if cell_of(explore(SCENARIOS[name], subject, DepthFirst(most=cell["run"] + 1))) != cell:
            order.insert(0, order.pop(place))
            return True
    return False


def survivors(variant: str) -> tuple[list[str], int]:
    """The statements that can be left out unnoticed, and how many cannot. Those listed are not tried."""
    order, survived, caught = cells(variant), [], 0
    for kind in PARTS[variant]:
        for line, source in mutants(kind):
            if line in MAY_SURVIVE:
                continue
            with pytest.MonkeyPatch.context() as patch:
                if differs(made_from(source, kind, patch), variant, order):
                    caught += 1
                else:
                    survived.append(line)
    return survived, caught


def test_leaving_out_a_statement_of_the_fixed_manager_changes_the_matrix() -> None:
    """Of more than a hundred mutants of `fixed`, only listed ones survive."""
    survived, caught = survivors("fixed")
    assert not survived
    assert caught > 100


def test_leaving_out_a_statement_of_a_fix_changes_the_matrix() -> None:
    """Of more than a hundred mutants of the fixes, only listed ones survive."""
    found = {fix: survivors(fix) for fix in CATALOGUE}
    assert not {fix: survived for fix, (survived, _) in found.items() if survived}
    assert sum(caught for _, caught in found.values()) > 100


def test_the_true_sources_change_nothing() -> None:
    """A source that is only unparsed and loaded has the cells of its manager."""
    offenders = []
    one_of_each_file = {kind.__module__: (name, kind) for name, kinds in PARTS.items() for kind in kinds}
    for variant, kind in one_of_each_file.values():
        with pytest.MonkeyPatch.context() as patch:
            if differs(made_from(ast.unparse(ast.parse(source_of(kind))), kind, patch), variant, cells(variant)):
                offenders.append((variant, kind))
    assert not offenders


def test_every_listed_survivor_is_a_statement_that_can_be_left_out() -> None:
    """The list of survivors names no statement that is gone."""
    left_out = {line for kinds in PARTS.values() for kind in kinds for line, _ in mutants(kind)}
    assert not MAY_SURVIVE - left_out
