"""The lab in tests of your own: the fixtures `race`, `explore` and `lab_client`, and the mark `race`.

    def test_the_cache_is_safe(race):
        race(Cache, "put('a', 1)", "get('a'); put('a', 2)")

    @pytest.mark.race
    def test_two_threads_count_two():
        counter = Counter()
        threads = [threading.Thread(target=counter.add) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counter.count == 2

An installed lab gives them to every pytest. In a checkout, `pytest_plugins = ["racelab.pytest_plugin"]` does.

    def mine(database, runtime):
        return MyManager(database, runtime)

    def at_most_two_are_out(pool):
        return len(pool.out.peek()) <= 2

    def test_no_increment_is_lost(explore):
        explore.must_survive(["increment_access s1", "increment_access s1"], mine)

    def test_the_pool_keeps_its_limit(explore):
        explore.must_survive(["acquire a", "acquire b", "acquire c"], mine, sessions=(), holds=at_most_two_are_out)

    def test_the_lab_answers(lab_client):
        assert lab_client.get("/health").status_code == 200

`pytest --fixtures -v` prints which options there are, and what a manager owes: see the fixtures below.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from racelab.home import APP

if TYPE_CHECKING:  # pytest imports this file for each run of everybody who has installed the lab: the rest comes later
    from flask.testing import FlaskClient

    from racelab.explorer.fixture import Explorer
    from racelab.grading.classes.testing.race import Race

QUICK = {
    "TESTING": True,
    "SESSION_MANAGER_DATABASE": "memory://",
    "SESSION_MANAGER_DB_LATENCY": 0.0,
    "SESSION_MANAGER_CLEANUP_INTERVAL": 3600.0,
}


MARK = "race(model=, seconds=): try every interleaving of the threads that the test starts (racelab)."


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the fixture and of the mark `race`."""
    group = parser.getgroup("racelab", "races (racelab)")
    models = ["gil", "free-threaded", "both"]
    group.addoption("--race-model", choices=models, help="Where threads may switch, if a test does not say. [gil]")
    group.addoption("--race-seconds", type=float, metavar="N", help="For each race, if its test does not say. [30]")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", MARK)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Refuse the mark where it would do nothing: pytest does not call the tests of `unittest` itself."""
    if item.get_closest_marker("race") is not None:
        from racelab.grading.classes.testing.marked import refuse_unittest

        refuse_unittest(item)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test with the mark `race` is graded, and not called."""
    mark = pyfuncitem.get_closest_marker("race")
    if mark is None:
        return None
    from racelab.grading.classes.testing.marked import run

    run(pyfuncitem, mark)
    return True


@pytest.fixture
def race(pytestconfig: pytest.Config) -> Race:
    """Tries every interleaving of a few calls of a class, as it is.

    `race(Cache, "put('a', 1)", "get('a')")` fails with the smallest schedule that ends as no order of the calls does,
    and if it cannot tell. It gives a report for each model. `race.must_find(Cache, ..., name="lost update")` fails if
    there is none, and gives the finding: its `name`, `schedule`, `program` and `ending`.

    The first argument is a class at the top of a module, of the test's too; a function that makes an object; a
    function over the state of its module; or a text, `module:Class`. Each text after it is what one thread calls,
    calls separated by `;`. `it` is the object, and may be left out: `put('a', 1)` is `it.put('a', 1)`. Names of the
    class's module can be used. Without a text, the grader chooses calls, as the command `grade` does.

    Nothing of the test's own process takes part: a process of its own imports the module of the class anew. Patches
    and fixtures do not reach it.

    Options, all named:

    * `new="Cache(maxsize=2)"`: makes the object. Else the grader finds out how.
    * `first="key = issue()"`: done before any thread begins; all know the names that it assigns. One text or several.
    * `then="size()"`: what is observed when all threads have ended; one text or several, `()` for nothing.
    * `holds="size() <= 2"`: what must be true at the end, and whenever no call is under way; one or several.
    * `ignore="KeyError"`: a difference that does not count: a call, a method, the name of an exception; one or several.
    * `spec=Simple`: a class that says what is right, one call after another, in place of the class itself.
    * `model="gil"`: where threads may switch; `free-threaded` is before every access that races, `both` is one after
      the other. `pytest --race-model` sets it for all tests that do not say.
    * `seconds=30`: after which it stops and cannot tell. `pytest --race-seconds` sets it for all that do not say.

    For annotations: `from racelab.testing import Race`.
    """
    from racelab.grading.classes.testing.race import Race

    model, seconds = (pytestconfig.getoption(f"race_{name}", None) for name in ("model", "seconds"))
    return Race(pytestconfig.invocation_params.dir, model, seconds)


@pytest.fixture
def explore() -> Explorer:
    """Tries every interleaving of a small program on a manager.

    `explore.must_survive(program, manager)` fails with the smallest schedule that ends in an anomaly, and if it
    cannot tell. `explore.must_find(program, manager, anomaly)` fails if there is none. `explore(program, manager)`
    gives the findings, and `explore.replay(program, manager, "A2 B4 A2")` one schedule, step by step.

    The program is what each task does, such as `["increment_access s1", "get_session s1; delete_session s1"]`, or the
    name of a scenario (the command `explore` lists them). Arguments are texts: `withdraw 60` calls
    `withdraw("60")`. The manager is the name of a variant, or whatever makes a
    manager when it is called with a database and a runtime.

    The manager owes this, and no more:

    * It takes every lock, sleep, clock reading, id, thread and signal from the runtime that it is given, and makes them
      anew for each manager. What is real (`threading`, `time`, `random`, `uuid`, `asyncio`) is refused.
    * What its threads share lies behind those locks, and changes only while the lock is held alone; a read without the
      lock goes through `peek()`. An operation that meets no point of the runtime cannot be judged.
    * It has the methods that the program calls, `census()` (a `session_manager.model.Census` of what it holds), and
      `create_session(user_id, username)`, which takes the id from `runtime.new_id()`. `counts()`, `delete_session`,
      `run_cleanup` and `refresh_from_database` only where the scenario needs them. A manager with an attribute
      `cache_ttl` (seconds) may be set to refresh at once.
    * It may keep no rows: then nothing is required of the database. Its sessions may expire: the clock moves between
      cleanup cycles at the end.
    * Methods of `session_manager.model.Manager` do what that says. A refusal is a `model.SessionError` (or a subclass)
      and changes nothing; with `definite = False` its outcome is unknown, which only a `fault` in the program excuses.
    * Operations of its own may be called too. No specification knows them, so say what must hold: see `holds`.

    Options, all named:

    * `sessions=("s1",)`: the ids that are open at the beginning. `closed=()`: which of them are closed already.
    * `holds=`, `at_rest=`: an invariant of your own, or several: a function of the manager that returns whether it
      holds, after every step or at the end. Its docstring is the sentence that a failure prints.
    * `watch=()`: invariants of the lab's after every step, such as `("counts-differ",)`.
    * `cycles=0`: the most cleanup cycles at the end, after which the queue must be empty.
    * `refresh_at_end=False`: whether every session is refreshed at the end. `cache_ttl=None`: seconds, set at first.
    * `seconds=60`: after which it stops and cannot tell. `bound=None`: the most preemptions. `policy=None`: who runs.
    * `reduce=False`: merge states that were reached before, which pays for long programs. What a manager holds beside
      its locks, what its threads have captured, its class and its modules must not change then; where they do, every
      schedule is run, and `findings.not_merged` says why.
    """
    from racelab.explorer.fixture import Explorer

    return Explorer()


@pytest.fixture
def lab_client() -> Iterator[FlaskClient]:
    """A client of a lab of its own: in memory, without latency, and it cleans up only when it is told to.

    The lab begins at the first request and is stopped after the test. `lab_client.application` is the app, and
    `lab_client.application.extensions["racelab"]` the lab.
    """
    app = import_module(APP).create_app(QUICK)
    yield app.test_client()
    app.extensions["racelab"].stop()
