"""Imports run one way, as docs/design.md says: held by reading the source, not by running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("session_manager", "racelab", "locustfiles", "benchmarks")
PROJECT = (*FOLDERS, "app", "lab", "tests")
DATA = {"session_manager.model"}
BELOW = {*DATA, "session_manager.sync", "session_manager.databases"}
KERNEL = {*DATA, "session_manager.sync"}
PROGRAMS = {*KERNEL, "racelab.explorer.kernel", "racelab.checker", "session_manager.databases", "session_manager.state"}
SEARCH = {*PROGRAMS, "racelab.explorer.programs"}
TRACES = {*SEARCH, "racelab.explorer.search"}
BY_NAME = {f"session_manager.{name}" for name in ("buggy", "fixed", "fixes", "state")}
FOR_LOCUST = ("cli.terminal", "web.serving.guard", "web.serving.hosts")
BUGS_TRAFFIC_SERVER = {"racelab.bugs", "racelab.traffic", "racelab.lifeline", "racelab.server", "racelab.home"}
MAY_IMPORT: dict[str, set[str]] = {
    "session_manager.model": set(),
    "session_manager.sync": DATA,
    "session_manager.state": {*DATA, "session_manager.sync"},
    "session_manager.cleanup": set(),
    "session_manager.tables": {*DATA, "session_manager.sync", "session_manager.cleanup"},
    "session_manager.dead_letters": {*BELOW, "session_manager.tables"},
    "session_manager.databases": {*DATA, "session_manager.sync"},
    "session_manager.buggy": {*BELOW, "session_manager.state"},
    "session_manager.fixed": {*BELOW, *(f"session_manager.{name}" for name in ("cleanup", "tables", "dead_letters"))},
    "session_manager.fixes": {*BELOW, "session_manager.buggy"},
    "session_manager.shared": {*BELOW, "session_manager.tables"},
    "session_manager.sessions": {*BELOW, *(f"session_manager.{name}" for name in ("tables", "fixed", "shared"))},
    "session_manager.web": {
        *BELOW,
        *(f"session_manager.{name}" for name in ("state", "buggy", "fixed", "shared", "sessions")),
    },
    "session_manager.__init__": {*BELOW, "session_manager.state", "session_manager.web"},
    "racelab.__init__": set(),
    "racelab.home": set(),
    "racelab.bugs": set(),
    "racelab.lesson": set(),
    "racelab.traffic": DATA,
    "racelab.lifeline": set(),
    "racelab.private_redis": set(),
    "racelab.several": {"racelab.lifeline"},
    "racelab.server": {"racelab.home", "racelab.lifeline"},
    "racelab.checker": DATA,
    "racelab.promises": {*DATA, "racelab.bugs"},
    "racelab.explorer.kernel": KERNEL,
    "racelab.explorer.code": {*KERNEL, "racelab.explorer.kernel"},
    "racelab.explorer.primitives": {"racelab.explorer.kernel", "racelab.explorer.code"},
    "racelab.explorer.programs": PROGRAMS,
    "racelab.explorer.search": SEARCH,
    "racelab.explorer.traces": TRACES,
    "racelab.explorer": {*TRACES, "racelab.explorer.traces", "racelab.catalogue", "racelab.home"},
    "racelab.explorer.pytest_plugin": {"racelab.pytest_plugin"},
    "racelab.catalogue": {"racelab.explorer", "racelab.home", "racelab.bugs", *BELOW, *BY_NAME},
    "racelab.grading": {
        *("racelab.explorer", "racelab.checker", "racelab.promises", "racelab.private_redis"),
        *BUGS_TRAFFIC_SERVER,
        *BELOW,
    },
    "racelab.grading.survey.adapters": {"session_manager.web"},
    "racelab.learning": {"racelab.grading", "racelab.home"},
    "racelab.live": {
        "racelab.promises",
        "racelab.bugs",
        "racelab.traffic",
        "racelab.several",
        *BELOW,
        "session_manager.web",
        "session_manager.shared",
    },
    "racelab.web": {
        *("racelab.live", "racelab.promises", "racelab.catalogue", "racelab.grading", "racelab.explorer"),
        *(
            "racelab.bugs",
            "racelab.lesson",
            "racelab.traffic",
            "racelab.lifeline",
            "racelab.home",
            "session_manager.web",
            *DATA,
            *BY_NAME,
        ),
    },
    "racelab.cli.terminal": {"racelab.bugs"},
    "racelab.cli": {
        *("racelab.catalogue", "racelab.grading", "racelab.explorer", "racelab.checker", "racelab.promises"),
        *BUGS_TRAFFIC_SERVER,
        *("racelab.private_redis", "racelab.learning", "racelab.lesson", "racelab.several", "session_manager"),
    },
    "racelab.__main__": {"racelab.cli"},
    "racelab.pytest_plugin": {"app", "racelab.home", "racelab.explorer", "racelab.grading"},
    "racelab.testing": {"racelab.explorer", "racelab.grading"},
    "locustfiles": {"racelab.promises", *BUGS_TRAFFIC_SERVER, *(f"racelab.{name}" for name in FOR_LOCUST)},
    "benchmarks._switched": {"app", "racelab.live", "benchmarks"},
    "benchmarks": {
        *("racelab.explorer", "racelab.catalogue", "racelab.checker", "racelab.promises", "racelab.server"),
        *("racelab.grading", "session_manager", "tests.engines"),
    },
    "app": {"racelab.home", "racelab.live", "racelab.web", "racelab.several", "session_manager"},
    "lab": set(),
}
"""Each room and the others that it may know. A room is a module or a package; the longest name that fits a file counts.
Only the catalogue knows the managers and the fixes by name, and the pages, which show their sources."""

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


def name_of(path: Path) -> str:
    """A module's full name; a package's own file ends in `__init__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


FILES = [
    *(path for room in PROJECT[:4] for path in sorted((ROOT / room).rglob("*.py"))),
    ROOT / "app.py",
    ROOT / "lab.py",
]
MODULES = {name_of(path): path for path in FILES}


def imports(path: Path) -> set[str]:
    """The full dotted names of all that a file imports, wherever in the file; relative ones made absolute."""
    inside = path.relative_to(ROOT).with_suffix("").parts[:-1]
    return set(imported(ast.parse(path.read_text(encoding="utf-8")), inside))


def imported(tree: ast.AST, inside: tuple[str, ...]) -> Iterator[str]:
    """The same for parsed source in the package `inside`. `from x import y` gives `x.y`, a module or a name in one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = inside[: len(inside) - node.level + 1] if node.level else ()
            origin = ".".join([*package, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            "import_module",
            "__import__",
        ):
            yield from (str(part.value) for part in node.args if isinstance(part, ast.Constant))


def module_of(name: str) -> str:
    """The project's module that an imported name is, or is in; a name that none has stays as it is."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        for candidate in (".".join(parts[:length]), ".".join([*parts[:length], "__init__"])):
            if candidate in MODULES:
                return candidate
    return name


def known(names: Iterable[str]) -> set[str]:
    """The project's own modules among what is imported."""
    return {module_of(name) for name in names if name.split(".")[0] in PROJECT}


def within(name: str, rooms: Iterable[str]) -> str:
    """The longest of the rooms that a module is in, or ''."""
    return max((room for room in rooms if f"{name}.".startswith(f"{room}.")), key=len, default="")


def forbidden(module: str, names: Iterable[str]) -> list[str]:
    """What a module imports and its room may not; all of it if it has no room."""
    room = within(module, MAY_IMPORT)
    allowed = {room, *MAY_IMPORT[room]} if room else set()
    return sorted(f"{module} imports {other}" for other in known(names) if not within(other, allowed))


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """One circle in a graph, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def top_level(names: Iterable[str]) -> set[str]:
    """The packages that the names belong to."""
    return {name.split(".")[0] for name in names}


def users(packages: set[str], *rooms: str) -> dict[str, set[str]]:
    """The modules in these rooms that import any of the packages, each with those that it does."""
    found = {name: top_level(imports(path)) & packages for name, path in MODULES.items() if within(name, rooms)}
    return {name: used for name, used in found.items() if used}


def test_every_module_has_a_room() -> None:
    """A new module has to say where it stands."""
    assert [name for name in MODULES if not within(name, MAY_IMPORT)] == []


def test_a_module_imports_only_what_its_room_may() -> None:
    """Every import keeps to the table, also in functions and for type checkers."""
    assert [offence for name, path in MODULES.items() for offence in forbidden(name, imports(path))] == []


def test_an_import_against_the_table_is_named() -> None:
    """A wrong import is named in a module, a package and an unknown file."""
    assert forbidden("racelab.promises.cards", {"racelab.live.lab.Lab", "racelab.bugs.BUGS", "json.dumps"}) == [
        "racelab.promises.cards imports racelab.live.lab"
    ]
    assert forbidden("session_manager.sync", {"session_manager.State"}) == [
        "session_manager.sync imports session_manager.__init__"
    ]
    assert forbidden("session_manager.model", {"app.create_app", "tests.subject.worlds"}) == [
        "session_manager.model imports app",
        "session_manager.model imports tests.subject.worlds",
    ]
    assert forbidden("racelab.attic", {"racelab.bugs"}) == ["racelab.attic imports racelab.bugs"]


def test_no_module_stands_in_a_circle() -> None:
    """No two modules need each other, not even for the type checker."""
    assert circle({name: known(imports(path)) & MODULES.keys() for name, path in MODULES.items()}) == []


def test_a_circle_is_found() -> None:
    """Three modules that import each other are named, and three in a row not."""
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_the_reader_of_imports_finds_what_is_known() -> None:
    """The reader finds the known imports of a module, of a package, and of a function."""
    found = {
        name.rpartition("session_manager.")[2] for name in known(imports(MODULES["session_manager.web.extension"]))
    }
    assert found >= {"buggy", "fixed", "web.api", "databases.__init__", "model", "state", "sync"}
    sql = known(imports(MODULES["session_manager.databases.sql"]))
    beside = {f"session_manager.databases.{name}" for name in ("base", "engines", "group_writer", "patience")}
    assert sql == {"session_manager.model", "session_manager.sync", *beside}
    assert "racelab.cli.demo" in known(imports(MODULES["racelab.cli.commands"]))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import threading as t", "threading"),
        ("import os.path, time", "time"),
        ("from threading import Lock", "threading.Lock"),
        ("def f():\n    import time", "time"),
        ("if True:\n    from time import sleep", "time.sleep"),
        ("if TYPE_CHECKING:\n    from .model import X", "a.b.model.X"),
        ("from . import model", "a.b.model"),
        ("from .model import X", "a.b.model.X"),
        ("from ..sync import X", "a.sync.X"),
        ("from .. import sync", "a.sync"),
        ("import importlib\nimportlib.import_module('gevent.monkey')", "gevent.monkey"),
        ("__import__('app')", "app"),
    ],
)
def test_no_way_to_import_goes_unseen(source: str, found: str) -> None:
    """Every way to import a module is seen, such as relative or by a call."""
    assert found in set(imported(ast.parse(source), ("a", "b")))


def test_threads_clocks_and_chance_are_in_sync_alone() -> None:
    """In the subject only sync.py uses threads, clocks and randomness."""
    found = users(ONLY_IN_SYNC, "session_manager")
    assert found == {"session_manager.sync": {"threading", "time", "random", "secrets"}}


def test_what_is_below_the_web_does_not_know_it() -> None:
    """A manager works without Flask."""
    found = users({"flask", "werkzeug", "jinja2"}, "session_manager")
    assert [name for name in found if not within(name, ["session_manager.web"])] == []


SQL = (
    *(f"databases.{name}" for name in ("claim", "engines", "group_writer", "patience", "sql")),
    *(f"shared.{name}" for name in ("companions", "postgres_engine", "postgres_tables")),
)


def test_only_the_sql_adapter_and_what_belongs_to_it_know_sqlalchemy() -> None:
    """The port hides it."""
    found = users({"sqlalchemy"}, "session_manager")
    assert found.keys() == {f"session_manager.{name}" for name in SQL}


def test_the_checker_is_pure() -> None:
    """It knows nothing of threads, clocks and chance."""
    assert users(ONLY_IN_SYNC, "racelab.checker") == {}


def test_runners_alone_switch_greenlets() -> None:
    """Only `kernel/runners.py` switches greenlets."""
    switches = {"greenlet.greenlet", "greenlet.getcurrent"}
    assert [name for name, path in MODULES.items() if imports(path) & switches] == ["racelab.explorer.kernel.runners"]


def test_gevent_and_locust_stay_in_the_locustfiles() -> None:
    """Importing them patches the process and hides the races."""
    paths = [path for name, path in MODULES.items() if not within(name, ["locustfiles"])]
    paths += [ROOT / "gunicorn.conf.py", *sorted((ROOT / "tests").rglob("*.py"))]
    assert [str(path) for path in paths if top_level(imports(path)) & PATCHES_THE_PROCESS] == []
