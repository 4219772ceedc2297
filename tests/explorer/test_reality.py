"""A real lock, sleep or thread inside an exploration is said by name, and is never taken for 'nothing was found'."""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest

from racelab.explorer import explore as explore_all
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.guard import NotModelled
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.search.policies import DepthFirst
from tests.explorer.toys import INCREMENTS, Manager, Slotted, made_by, toy


def having(make: Callable[[Any], object]) -> Maker:
    """A manager that has got something before anything is explored."""
    thing = make(None)

    def bring(self: Any, *arguments: Any) -> None:
        Manager.__init__(self, *arguments)
        self.brought = thing

    return toy(__init__=bring, get_active_count=lambda self: 1)


def doing(what: Callable[[Any], object]) -> Maker:
    """A manager that does something in the middle of an operation."""

    def operation(self: Manager) -> int:
        with self._state.store.read() as sessions:
            what(self)
            return len(sessions)

    return toy(get_active_count=operation)


def at_module_level(**members: Any) -> Maker:
    """A manager whose module has something."""
    module = ModuleType("a_module_with_something")
    vars(module).update(members)
    sys.modules[module.__name__] = module
    return toy(__module__=module.__name__)


LONG = ["increment_access s1; increment_access s1"] * 2


def around(lock: Any) -> Maker:
    """A manager whose method knows a lock from where it was written."""

    def operation(self: Manager) -> int:
        with lock:
            return 1

    return toy(get_active_count=operation)


def by_default(lock: Any) -> Maker:
    """A manager whose method has a lock among its arguments."""

    def operation(self: Manager, lock: Any = lock) -> int:
        with lock:
            return 1

    return toy(get_active_count=operation)


class Box:
    """An object of the manager's own."""

    __slots__ = ("content",)

    def __init__(self, content: object) -> None:
        self.content = content


def sleeps(_manager: object) -> None:
    """For a moment, were it not refused."""
    time.sleep(0.001)  # the call under test, which the exploration refuses: it orders nothing


def swallows(manager: object) -> None:
    """As a careless manager does."""
    with suppress(Exception):
        sleeps(manager)


def swallows_everything(manager: object) -> None:
    """As a very careless manager does."""
    with suppress(BaseException):
        sleeps(manager)


@pytest.fixture(autouse=True)
def _no_module_stays() -> Iterator[None]:
    yield
    sys.modules.pop("a_module_with_something", None)


REAL: dict[str, tuple[Maker, str]] = {
    "a lock in an attribute": (having(lambda _: threading.Lock()), "brought"),
    "a lock in a dict": (having(lambda _: {"s1": threading.RLock()}), "s1"),
    "a lock in a list in a dict": (having(lambda _: {"s1": [threading.Lock()]}), "s1"),
    "a lock in an object of its own": (having(lambda _: Box(threading.Lock())), "content"),
    "a lock in an object in a list in a dict": (having(lambda _: {"s1": [Box(threading.Lock())]}), "content"),
    "a dict that makes locks": (having(lambda _: defaultdict(threading.Lock)), "brought"),
    "a lock in a closure": (around(threading.Lock()), "lock"),
    "a lock that is a default": (by_default(threading.Lock()), "get_active_count"),
    "a condition": (having(lambda _: threading.Condition()), "brought"),
    "a thread that was not started": (having(lambda _: threading.Thread(target=int)), "brought"),
    "a lock made in an operation": (doing(lambda _: threading.Lock()), "threading.Lock"),
    "an event made in an operation": (doing(lambda _: threading.Event()), "threading."),
    "a sleep": (doing(sleeps), "time.sleep"),
    "a sleep whose refusal is swallowed": (doing(swallows), "time.sleep"),
    "a sleep whose every refusal is swallowed": (doing(swallows_everything), "time.sleep"),
    "a thread made in an operation": (doing(lambda _: threading.Thread(target=int).start()), "Thread"),
    "a lock made with the manager": (toy(__init__=lambda self, *_: setattr(self, "x", threading.Lock())), "Lock"),
}


@pytest.mark.parametrize("what", REAL)
def test_what_is_real_is_named_and_nothing_can_be_told(explore: Explorer, what: str) -> None:
    """With a real part the verdict is cannot tell, never none or found."""
    maker, name = REAL[what]
    findings = explore(["get_active_count", "get_active_count"], maker)
    assert findings.verdict == "cannot tell"
    assert not findings.exhausted
    assert name in findings.unsure
    assert "is real" in findings.unsure
    assert "runtime" in findings.unsure  # where to take it from instead


@pytest.mark.parametrize(
    "members",
    [
        {"LOCK": threading.Lock()},
        {"LOCKS": {"s1": threading.Lock()}},
        {"LOCKS": defaultdict(threading.Lock)},
        {"sleep": time.sleep},
        {"Lock": threading.Lock},
    ],
    ids=["a lock", "a dict of locks", "a dict that makes locks", "sleep by its name", "Lock by its name"],
)
def test_what_the_managers_module_has_is_looked_at_too(explore: Explorer, members: dict[str, object]) -> None:
    """A name that was imported before the exploration is not replaced by it."""
    findings = explore(["get_active_count"], at_module_level(**members))
    assert findings.verdict == "cannot tell"
    assert next(iter(members)) in findings.unsure


def test_a_manager_without_a_dict_can_be_looked_into(explore: Explorer) -> None:
    """One with slots is as good as any other."""
    explore.must_find(INCREMENTS, Slotted, "lost-update")


@pytest.mark.parametrize("variant", ["buggy", "fixed"])
def test_the_labs_own_managers_are_nothing_but_modelled(explore: Explorer, variant: str) -> None:
    """Or every verdict on them would be 'cannot tell'."""
    assert explore(INCREMENTS, variant).verdict == {"buggy": "found", "fixed": "none"}[variant]


def real_things() -> list[object]:
    """Everything that an exploration replaces."""
    kinds = threading.Condition, threading.Event, threading.Semaphore, threading.Barrier, threading.Thread
    of_kinds = [(kind.__init__, getattr(kind, "start", None)) for kind in kinds]
    return [time.sleep, threading.Lock, threading.RLock, threading.BoundedSemaphore, *kinds, *of_kinds]


BEFORE = real_things()


@pytest.mark.parametrize("what", ["a sleep", "a lock in an attribute", "a lock made with the manager"])
def test_everything_is_as_before_after_a_refusal(explore: Explorer, what: str) -> None:
    """In the middle of an operation, and before any."""
    explore(["get_active_count"], REAL[what][0])
    assert real_things() == BEFORE


def test_everything_is_as_before_after_an_error(explore: Explorer) -> None:
    """Of whatever kind, also of those that end the process."""
    explore(INCREMENTS, "buggy")
    assert real_things() == BEFORE
    with pytest.raises(SystemExit):
        explore(INCREMENTS, toy(create_session=lambda *_: sys.exit("no")))
    assert real_things() == BEFORE
    with pytest.raises(NotModelled):
        explore.replay(["get_active_count"], REAL["a sleep"][0], "A1")
    assert real_things() == BEFORE


def test_other_threads_notice_nothing() -> None:
    """Other threads lock, sleep and start threads as before while one explores."""
    explored, done = threading.Event(), threading.Event()
    wrong: list[BaseException] = []

    def lives_on() -> None:
        explored.wait(10)
        try:
            _everyday_life()
        except BaseException as problem:  # noqa: BLE001 - told to the test
            wrong.append(problem)
        done.set()

    def meanwhile(_executions: int) -> None:
        explored.set()
        assert done.wait(10)

    other = threading.Thread(target=lives_on)
    other.start()
    found = explore_all(scenario_of(LONG), made_by(Manager), DepthFirst(reduce=False), progress=meanwhile)
    other.join()
    assert explored.is_set()
    assert found.verdict == "found"
    assert wrong == []


def _everyday_life() -> None:
    """What threads do."""
    for kind in (threading.Lock, threading.RLock, threading.Condition, threading.BoundedSemaphore):
        with kind():
            time.sleep(0.001)  # the call under test, which must work here; `explored` and `done` set the order
    assert isinstance(threading.Event(), threading.Event)
    assert isinstance(threading.Barrier(2), threading.Barrier)
    assert issubclass(type("Own", (threading.Condition,), {}), threading.Condition)
    another = threading.Thread(target=int)
    another.start()
    another.join()


def test_two_threads_may_explore_at_once(explore: Explorer) -> None:
    """Each has its own world, and what is replaced stays so until both are through."""
    found: list[int] = []
    others = [threading.Thread(target=lambda: found.append(explore(LONG, "buggy").schedules)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert found == [explore(LONG, "buggy").schedules] * 2
    assert real_things() == BEFORE
