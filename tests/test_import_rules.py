"""Imports run one way, as docs/design.md says: held by reading the source, not by running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SUBJECT = ROOT / "session_manager"
DATABASES = {"databases", "databases.base", "databases.memory", "databases.sql", "databases.group_writer"}
BUGS = ("lost_update", "stale_overwrite", "cleanup_leak", "phantom_session")
MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "problems": set(),
    "sync": {"model"},
    "state": {"model", "sync"},
    "cleanup": set(),
    "tables": {"model", "sync", "cleanup"},
    "dead_letters": {"model", "sync", "tables"} | DATABASES,
    "databases.base": {"model", "sync"},
    "databases.memory": {"model", "sync", "databases.base"},
    "databases.group_writer": {"model", "sync", "databases.base"},
    "databases.sql": {"model", "sync", "databases.base", "databases.group_writer"},
    "databases": {"model", "sync"} | DATABASES,
    "buggy": {"model", "sync", "state"} | DATABASES,
    "fixed": {"model", "sync", "cleanup", "tables", "dead_letters"} | DATABASES,
    **{f"fixes.{bug}": {"model", "sync", "buggy"} | DATABASES for bug in BUGS},
    "fixes": {"buggy", "fixes", *[f"fixes.{bug}" for bug in BUGS]},
    "api": {"model", "problems"} | DATABASES,
    "settings": DATABASES,
    "extension": {"model", "sync", "state", "buggy", "fixed", "api", "settings"} | DATABASES,
    "": {"model", "sync", "state", "extension"},
}
"""Each module of the subject, named from its package, and the others that it may know."""

ONLY_IN_SYNC = {
    "threading",
    "time",
    "random",
    "secrets",
    "asyncio",
    "multiprocessing",
    "concurrent",
    "_thread",
    "queue",
}
PATCHES_THE_PROCESS = {"gevent", "locust", "eventlet"}


def name_of(path: Path, package: Path) -> str:
    """A module's name inside its package; the package itself is ''."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path: Path) -> set[str]:
    """The full dotted names of all that a file imports, wherever in the file; relative ones made absolute."""
    inside = path.relative_to(ROOT).with_suffix("").parts[:-1]
    return set(imported(ast.parse(path.read_text(encoding="utf-8")), inside))


def imported(tree: ast.AST, inside: tuple[str, ...]) -> Iterator[str]:
    """The same for parsed source in the package `inside`. `from x import y` may name a module y: both are given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = inside[: len(inside) - node.level + 1] if node.level else ()
            origin = ".".join([*package, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            "import_module",
            "__import__",
        ):
            yield from (str(part.value) for part in node.args if isinstance(part, ast.Constant))


def top_level(names: set[str]) -> set[str]:
    """The packages that the names belong to."""
    return {name.split(".")[0] for name in names}


def modules(*folders: Path) -> list[Path]:
    """Every Python file in these folders."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def named(path: Path) -> str:
    """How a test names a file."""
    return str(path.relative_to(ROOT))


def known(path: Path) -> set[str]:
    """The modules of the subject that one of them imports, named from the package."""
    names = {name_of(other, SUBJECT) for other in modules(SUBJECT)}
    found = {name.partition(".")[2] for name in imports(path) if name.split(".")[0] == "session_manager"}
    return {name for name in found if name in names and name}


def test_the_table_names_every_module_of_the_subject() -> None:
    """A new module has to say where it stands."""
    assert {name_of(path, SUBJECT) for path in modules(SUBJECT)} == MAY_IMPORT.keys()


def test_the_table_itself_has_no_circle() -> None:
    """Modules can be put in an order in which each knows only earlier ones, a package counting with its parts."""
    left = {name: others - {name} for name, others in MAY_IMPORT.items()}
    left["databases.base"], left["databases.memory"] = {"model"}, {"model", "databases.base"}
    while left:
        free = [name for name, others in left.items() if not others & left.keys()]
        assert free, left
        for name in free:
            del left[name]


@pytest.mark.parametrize("path", modules(SUBJECT), ids=named)
def test_a_module_of_the_subject_knows_only_those_below_it(path: Path) -> None:
    """model <- sync <- state, databases <- managers <- extension, api."""
    assert known(path) <= MAY_IMPORT[name_of(path, SUBJECT)]


def test_the_reader_of_imports_finds_the_subjects_own() -> None:
    """What these tests rest on: it sees what is known to be there."""
    assert known(SUBJECT / "extension.py") >= {"buggy", "fixed", "api", "databases", "model", "state", "sync"}
    assert known(SUBJECT / "databases" / "sql.py") == {"model", "sync", "databases.base", "databases.group_writer"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import threading as t", "threading"),
        ("import os.path, time", "time"),
        ("from threading import Lock", "threading"),
        ("def f():\n    import time", "time"),
        ("if True:\n    from time import sleep", "time"),
        ("from . import model", "a.b.model"),
        ("from .model import X", "a.b.model"),
        ("from ..sync import X", "a.sync"),
        ("from .. import sync", "a.sync"),
        ("import importlib\nimportlib.import_module('gevent.monkey')", "gevent.monkey"),
        ("__import__('app')", "app"),
    ],
)
def test_no_way_to_import_goes_unseen(source: str, found: str) -> None:
    """Renamed, inside a function, relative, by a call."""
    assert found in set(imported(ast.parse(source), ("a", "b")))


@pytest.mark.parametrize("path", modules(SUBJECT), ids=named)
def test_the_subject_knows_nothing_of_the_lab(path: Path) -> None:
    """Nor of the app, nor of the tests."""
    assert not top_level(imports(path)) & {"racelab", "app", "lab", "tests", "benchmarks", "locustfiles"}


@pytest.mark.parametrize("path", modules(SUBJECT), ids=named)
def test_threads_clocks_and_chance_are_in_sync_alone(path: Path) -> None:
    """Or another runtime could not decide who runs next."""
    found = top_level(imports(path)) & ONLY_IN_SYNC
    assert found == ({"threading", "time", "random", "secrets"} if path.name == "sync.py" else set())


@pytest.mark.parametrize(
    "name", ["buggy", "fixed", "model", "state", "tables", "sync", "databases/memory", "databases/sql"]
)
def test_what_is_below_the_web_does_not_know_it(name: str) -> None:
    """A manager works without Flask."""
    assert not top_level(imports(SUBJECT / f"{name}.py")) & {"flask", "werkzeug", "jinja2"}


def test_only_the_sql_adapter_and_its_writer_know_sqlalchemy() -> None:
    """The port hides it."""
    users = [named(path) for path in modules(SUBJECT) if "sqlalchemy" in top_level(imports(path))]
    assert users == ["session_manager/databases/group_writer.py", "session_manager/databases/sql.py"]


@pytest.mark.parametrize("path", modules(SUBJECT, ROOT / "racelab", ROOT / "locustfiles"), ids=named)
def test_nobody_imports_the_app(path: Path) -> None:
    """It is on top; gunicorn and the tests come from outside."""
    assert not top_level(imports(path)) & {"app", "lab"}


@pytest.mark.parametrize("path", modules(ROOT / "racelab" / "checker"), ids=named)
def test_the_checker_is_pure(path: Path) -> None:
    """Of the project it knows itself and the data; of threads, clocks and chance nothing."""
    own = {name for name in imports(path) if top_level({name}) & {"racelab", "session_manager"}}
    assert all(name.startswith(("racelab.checker", "session_manager.model")) for name in own)
    assert not top_level(imports(path)) & ONLY_IN_SYNC


def test_runners_alone_switch_greenlets() -> None:
    """They patch nothing, and everything else is ordinary code that runs inside of them."""
    users = [named(path) for path in outside_of_locust() if "greenlet" in top_level(imports(path))]
    assert users == ["racelab/explorer/runners.py"]


def outside_of_locust() -> list[Path]:
    """Every file that may run in the server's process or in that of the tests."""
    folders = (SUBJECT, ROOT / "racelab", ROOT / "tests", ROOT / "benchmarks")
    return [*modules(*folders), *sorted(ROOT.glob("*.py"))]


@pytest.mark.parametrize("path", outside_of_locust(), ids=named)
def test_gevent_and_locust_stay_in_the_locustfiles(path: Path) -> None:
    """Importing them patches the process and hides the races."""
    assert not top_level(imports(path)) & PATCHES_THE_PROCESS
