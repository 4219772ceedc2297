"""The checker on the real managers: one call comes in at every point of another, and the judgement is asked each time.

Both directions: on the buggy manager each race shows its own anomaly somewhere, on the fixed one none shows anything.
"""

from __future__ import annotations

from collections.abc import Callable

from racelab.checker import AtRest, RowView, SessionView, State, judge, refusal_of
from session_manager.model import Manager, SessionData, SessionError
from tests.checker.histories import ONE_OPEN, Book, Running, opened
from tests.subject.scripted import Script, everywhere
from tests.subject.worlds import World

Told = tuple[World, Book]


def recorded(manager: Manager, book: Book, client: str, method: str, *arguments: str) -> Callable[[], None]:
    """A call that writes itself down."""

    def run() -> None:
        running = book.call(client, method, *arguments)
        try:
            value = getattr(manager, method)(*arguments)
        except SessionError as error:
            running.refuses(refusal_of(error)) if error.definite else running.fails()
        else:
            returned(running, value)

    return run


def returned(running: Running, value: object) -> None:
    running.returns(SessionView.of(value) if isinstance(value, SessionData) else value)


def snapshot(world: World) -> AtRest:
    """What the manager and its database hold."""
    census = world.manager.census()
    rows = {row.data.session_id: RowView.of(row) for row in world.database.rows()}
    sessions = {session_id: SessionView.of(data) for session_id, data in census.sessions.items()}
    active = census.stats.active_sessions
    return AtRest(sessions, rows, tuple(census.queue), tuple(census.dead_letters), active)


def races(variant: str, first: tuple[str, ...], second: tuple[str, ...], age: float) -> list[Told]:
    """The second call at every point of the first, on a session that is `age` seconds old."""

    def build() -> tuple[Told, Script, Callable[[], None], Callable[[], None]]:
        world, book = World(variant), Book()
        world.create("s1")
        world.script.clock += age
        calls = [recorded(world.manager, book, *call) for call in (("A", *first), ("B", *second))]
        return (world, book), world.script, calls[0], calls[1]

    return [told for told, _ in everywhere(build)]


def judged(variant: str, first: tuple[str, ...], second: tuple[str, ...], age: float = 0.0) -> set[str]:
    """The names of everything that any of these races shows."""
    names: set[str] = set()
    for world, book in races(variant, first, second, age):
        told = judge(book.history, snapshot(world), ONE_OPEN)
        assert isinstance(told, tuple)
        names.update(anomaly.name for anomaly in told)
    return names


DARK = ("update_session", "s1", "theme", "dark")
FRENCH = ("update_session", "s1", "lang", "fr")
INCREMENT = ("increment_access", "s1")
REFRESH = ("refresh_from_database", "s1")
READ = ("get_session", "s1")
DELETE = ("delete_session", "s1")
RACES = [
    (DARK, FRENCH, 0.0, "lost-update"),
    (INCREMENT, INCREMENT, 0.0, "duplicate-answer"),
    (INCREMENT, DARK, 0.0, "lost-update"),
    (REFRESH, DARK, 0.0, "stale-overwrite"),
    (READ, INCREMENT, 61.0, "stale-overwrite"),
]


def test_each_race_shows_its_anomaly_on_the_buggy_manager() -> None:
    """At some point of the first call each race shows its own anomaly."""
    for first, second, age, name in RACES:
        assert name in judged("buggy", first, second, age), (first, second)


def test_no_race_shows_anything_on_the_fixed_manager() -> None:
    """At no point of the first call does a race show an anomaly."""
    for first, second, age in [*(race[:3] for race in RACES), (DARK, DELETE, 0.0), (DELETE, READ, 61.0)]:
        assert judged("fixed", first, second, age) == set(), (first, second)


def test_counts_read_one_after_the_other_are_not_linearizable_on_the_buggy_manager() -> None:
    """In the gap of a create the buggy store and statistics differ."""
    names: list[str] = []
    for variant in ("buggy", "fixed"):

        def build(variant: str = variant) -> tuple[Told, Script, Callable[[], None], Callable[[], None]]:
            world, book = World(variant), Book()
            count = recorded(world.manager, book, "B", "get_active_count")
            stats = recorded(world.manager, book, "B", "get_stats")

            def look() -> None:
                count()
                stats()

            return (world, book), world.script, recorded(world.manager, book, "A", "create_session", "u", "n"), look

        for (world, book), _ in everywhere(build):
            told = judge(book.history, snapshot(world), State())
            assert isinstance(told, tuple)
            names += [f"{variant} {anomaly.name}" for anomaly in told]
    assert set(names) == {"buggy not-linearizable"}


def test_a_queue_that_is_never_emptied_leaks_on_the_buggy_manager() -> None:
    """The buggy manager leaks an id of odd length; the fixed one gives it up."""
    leaks = {}
    for variant in ("buggy", "fixed"):
        world, book = World(variant), Book()
        world.create("odd")
        recorded(world.manager, book, "A", "delete_session", "odd")()
        for _ in range(5):
            world.script.clock += 60
            recorded(world.manager, book, "A", "run_cleanup")()
        initial = opened("odd")
        told = judge(book.history, snapshot(world), initial, drained=True)
        assert isinstance(told, tuple)
        leaks[variant] = [anomaly.name for anomaly in told]
    assert leaks == {"buggy": ["cleanup-leak"], "fixed": []}
