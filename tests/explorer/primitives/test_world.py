"""What modelled modules of Python's give to an author's code: the same in every execution, whatever the schedule."""

from __future__ import annotations

import copy
import datetime as real_datetime
import logging as real_logging
import pickle
import random as real_random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from racelab.explorer.code.kept import Kept
from racelab.explorer.code.loader import Loader
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.points import Point
from racelab.explorer.kernel.threads import here
from racelab.explorer.primitives import MODELLED
from racelab.explorer.primitives.chance import ALWAYS_THE_SAME
from racelab.explorer.primitives.world import WORLD
from tests.explorer.touching import Run, running


@contextmanager
def drawing(places: Places, module: str, draw: Callable[[Any], object], tmp_path: Path) -> Iterator[tuple[Run, Any]]:
    """A and B draw two numbers each; what they drew is `Call.given`."""
    with Loader(tmp_path, places, Kept(), WORLD) as loader:
        found = loader.module(module)

        def twice() -> tuple[object, object]:
            first = draw(found)
            assert here.task is not None
            here.task.pause(STOP)
            return first, draw(found)

        with running(places, lambda: [twice, twice]) as run:
            yield run, found


STOP = Point("operation", "between")
"""Where another task may come in between."""
DRAWS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "random": ("random", lambda random: random.random()),
    "randint": ("random", lambda random: random.randint(1, 10**9)),
    "choice": ("random", lambda random: random.choice(range(10**9))),
    "sample": ("random", lambda random: tuple(random.sample(range(10**9), 2))),
    "Random()": ("random", lambda random: random.Random().random()),
    "SystemRandom": ("random", lambda random: random.SystemRandom().random()),
    "urandom": ("os", lambda os: os.urandom(16)),
    "token_hex": ("secrets", lambda secrets: secrets.token_hex(8)),
    "token_urlsafe": ("secrets", lambda secrets: secrets.token_urlsafe(8)),
    "uuid4": ("uuid", lambda uuid: uuid.uuid4()),
    "uuid1": ("uuid", lambda uuid: uuid.uuid1()),
}


@pytest.mark.parametrize("name", DRAWS)
def test_random_numbers_do_not_depend_on_the_schedule(name: str, tmp_path: Path) -> None:
    """Each task draws the same numbers in every order, and all are different."""
    module, draw = DRAWS[name]
    results = []
    for turns in ("AABB", "ABAB", "BBAA", "BAAB"):
        places = Places()
        with drawing(places, module, draw, tmp_path) as (run, _):
            for turn in turns:
                task = run.tasks["AB".index(turn)]
                if task.ready():
                    task.resume()
            results.append([task.calls[0].given for task in run.tasks])
            assert run.errors() == [None, None]
        assert ALWAYS_THE_SAME in places.assumed
    assert all(result == results[0] for result in results)
    assert len({number for pair in results[0] for number in pair}) == 4  # type: ignore[attr-defined]


def test_a_generator_with_a_seed_is_pythons_own(tmp_path: Path) -> None:
    """With a seed the numbers are those that Python gives."""
    with Loader(tmp_path, Places(), Kept(), WORLD) as loader, running(Places(), list):
        random = loader.module("random")
        one, other = random.Random(7), real_random.Random(7)
        assert [one.random(), one.randint(1, 99), one.getrandbits(9)] == [
            other.random(),
            other.randint(1, 99),
            other.getrandbits(9),
        ]
        assert random.Random(7).random() != random.Random(8).random()


def drawn_by_two(places: Places, turns: str, tmp_path: Path, shared: bool) -> tuple[list[object], object, Any]:
    """What A and B draw from generators with a seed, the state in the end, and the execution's memory."""
    with Loader(tmp_path, places, Kept(), WORLD) as loader:

        def make() -> list[Callable[[], object]]:
            random = loader.module("random")
            one = random.Random(7)
            generators = [one, one if shared else random.Random(7)]

            def body(index: int) -> tuple[float, float]:
                return generators[index].random(), generators[index].random()

            return [lambda: body(0), lambda: body(1)]

        with running(places, make) as run:
            for turn in turns:
                task = run.tasks["AB".index(turn)]
                if task.ready():
                    task.resume()
            assert run.errors() == [None, None]
            return [task.calls[0].given for task in run.tasks], run.state(), run.memory


def test_a_generator_that_tasks_share_is_drawn_from_at_points(tmp_path: Path) -> None:
    """Once that is known, some order gives each task numbers that no serial order gives."""
    places = Places()
    real = real_random.Random(7)
    numbers = [real.random() for _ in range(4)]
    assert drawn_by_two(places, "", tmp_path, shared=True)[2].grown
    one, first, memory = drawn_by_two(places, "ABAB", tmp_path, shared=True)
    other, second, _ = drawn_by_two(places, "AABB", tmp_path, shared=True)
    assert not memory.grown
    assert one == [(numbers[0], numbers[2]), (numbers[1], numbers[3])]
    assert other == [(numbers[0], numbers[1]), (numbers[2], numbers[3])]
    assert first != second


def test_a_generator_for_each_task_is_no_point(tmp_path: Path) -> None:
    """Generators that tasks do not share make no steps."""
    found, _, memory = drawn_by_two(Places(), "", tmp_path, shared=False)
    assert found[0] == found[1]
    assert not memory.grown


def test_seeding_what_all_share_changes_nothing(tmp_path: Path) -> None:
    """`random.seed` has no effect that could last longer than an execution."""
    drawn = []
    for seed in (1, 2):
        with Loader(tmp_path, Places(), Kept(), WORLD) as loader, running(Places(), list):
            random = loader.module("random")
            random.seed(seed)
            drawn.append(random.random())
    assert drawn[0] == drawn[1]


def modelled(name: str) -> Any:
    """A model, while something is explored."""
    return WORLD[name]


def test_the_time_of_day_is_that_of_the_modelled_clock() -> None:
    """`now`, `utcnow` and `today` read the modelled clock."""
    datetime = modelled("datetime")
    places = Places()
    with running(places, list) as run:
        first = datetime.datetime.now(datetime.UTC)
        assert first.timestamp() == run.memory.clock.seconds
        run.memory.clock.seconds += 60
        assert datetime.datetime.now(datetime.UTC) - first == datetime.timedelta(seconds=60)
        assert datetime.datetime.utcnow() == datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        assert MODELLED["time"].time() == datetime.datetime.now().timestamp()
        assert datetime.datetime.today().timestamp() == run.memory.clock.seconds
        assert datetime.date.today() == datetime.datetime.now().date()
    with running(places, lambda: [datetime.datetime.now]) as run:
        assert run.tasks[0].calls[0].given == datetime.datetime.fromtimestamp(run.memory.clock.seconds)
    assert places.clock_read


def test_a_modelled_date_is_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modelled classes stand wherever Python's do, and the other way round."""
    datetime = modelled("datetime")
    one = datetime.datetime(2024, 5, 6, 7, 8)
    real = real_datetime.datetime(2024, 5, 6)  # noqa: DTZ001 - as many authors write it
    assert isinstance(one, real_datetime.datetime)
    assert isinstance(real, datetime.datetime)
    assert isinstance(one.date(), datetime.date)
    assert not isinstance(3, datetime.date)
    assert issubclass(real_datetime.datetime, datetime.date)
    assert type(one + datetime.timedelta(1)) is datetime.datetime
    assert datetime.datetime.strptime("2024-05-06", "%Y-%m-%d") == real
    assert repr(one) == "datetime.datetime(2024, 5, 6, 7, 8)"
    assert copy.deepcopy(one) == one
    monkeypatch.setitem(sys.modules, "datetime", datetime)  # as in an execution
    assert pickle.loads(pickle.dumps(one)) == one


def test_a_class_of_the_authors_is_not_every_date() -> None:
    """A subclass keeps to its own objects."""

    class Own(modelled("datetime").datetime):  # type: ignore[misc]
        pass

    assert isinstance(Own(2024, 1, 1), modelled("datetime").datetime)
    assert not isinstance(modelled("datetime").datetime(2024, 1, 1), Own)
    assert not isinstance(real_datetime.datetime.now(real_datetime.UTC), Own)


def test_an_id_has_its_version() -> None:
    """Random ids say so."""
    uuid = modelled("uuid")
    with running(Places(), list):
        assert [uuid.uuid4().version, uuid.uuid1().version] == [4, 1]
        assert uuid.uuid4().variant == uuid.RFC_4122
        assert uuid.uuid5(uuid.NAMESPACE_DNS, "x").version == 5


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Logging calls no handler, and a logger of one name is always the same."""
    logging = modelled("logging")
    with running(Places(), list), caplog.at_level(real_logging.DEBUG):
        log = logging.getLogger("shop")
        assert log is logging.getLogger("shop")
        assert log.getChild("till") is logging.getLogger("shop.till")
        assert logging.getLogger() is logging.root
        log.addHandler(logging.StreamHandler())
        log.setLevel(logging.DEBUG)
        for say in (log.debug, log.warning, log.exception, logging.error, logging.info):
            say("%s", 1)
        assert not log.isEnabledFor(logging.CRITICAL)
        logging.basicConfig(level=logging.DEBUG)
        logging.config.dictConfig({})
        logging.handlers.RotatingFileHandler("no.log").emit = None
    assert caplog.records == []


def test_an_author_may_derive_a_handler_but_a_logger_leaves_a_gap() -> None:
    """A class derived from Logger keeps things of its own that are not recorded."""
    logging = modelled("logging")
    places = Places()
    with running(places, list):
        type("Own", (logging.Handler,), {})()
        assert not places.gaps
        type("Own", (logging.Logger,), {})
        assert [reason for reason in places.gaps if "Own" in reason]


def test_a_handler_of_the_authors_own_leaves_a_gap() -> None:
    """It would be called, and is not; Python's own handlers have nothing that tasks could meet in."""
    logging = modelled("logging")
    places = Places()
    own = type("Own", (logging.Handler,), {})
    with running(places, list):
        logging.getLogger("a").addHandler(logging.StreamHandler())
        logging.getLogger("a").addFilter(logging.Filter("a"))
        logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
        assert not places.gaps
        logging.getLogger("a").addHandler(own())
        logging.basicConfig(handlers=[own()])
        logging.getLogger("a").addFilter(lambda record: True)
    assert sorted(places.gaps.values()) == [1, 2]
