"""Managers over databases of several kinds, and claims that each of them is held to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from session_manager.databases import Database, DatabaseDials, MemoryDatabase, SqlDatabase
from session_manager.model import Census, Row
from session_manager.sync import ThreadRuntime
from tests.subject.cases import Cases
from tests.subject.scripted import Script
from tests.subject.worlds import Manager, make_manager

TTL = 60.0
ODD = "0" * 31


class Bench:
    """A manager over a database of some kind, driven by a script."""

    def __init__(self, variant: str, database: Database) -> None:
        self.script = Script()
        self.database = database
        self.manager: Manager = make_manager(variant, self.script, database, cache_ttl=TTL)

    def create(self, session_id: str | None = None) -> str:
        """A session; its id has an even length unless one is given."""
        self.script.next_ids = [session_id] if session_id else []
        return self.manager.create_session("user_ann", "ann")

    def row(self, session_id: str) -> Row:
        """The row of a session, which must be there."""
        found = self.database.read(session_id)
        assert found is not None
        return found

    def everything(self) -> tuple[Census, list[Row]]:
        """All that could have changed."""
        return self.manager.census(), sorted(self.database.rows(), key=lambda row: row.data.session_id)


def benches(folder: Path) -> Iterator[tuple[str, str, Bench]]:
    """Both managers, each over both databases."""
    runtime, dials = ThreadRuntime(), DatabaseDials(0)
    for variant in ("buggy", "fixed"):
        yield variant, "memory", Bench(variant, MemoryDatabase(runtime, dials))
        database = SqlDatabase(f"sqlite:///{folder}/{variant}.sqlite", "sessions", runtime, dials)
        database.open()
        yield variant, "sqlite", Bench(variant, database)
        database.close()


class Contract(dict[str, Callable[[Bench], None]]):
    """Claims about a manager, by name."""

    def on_each_bench(self, claim: Callable[[Bench], None]) -> Callable[[Path], None]:
        """Note the claim. Returns the test that it holds for both managers over both databases."""

        def test(tmp_path: Path) -> None:
            with Cases() as cases:
                for variant, kind, bench in benches(tmp_path):
                    with cases.case(variant, kind):
                        claim(bench)

        self[claim.__name__] = claim
        test.__name__, test.__doc__ = claim.__name__, claim.__doc__
        return test
