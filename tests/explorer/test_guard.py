"""Using something real in an exploration is refused, whatever it is called through, and nothing else is."""

from __future__ import annotations

import concurrent.futures
import importlib
import importlib.util
import logging
import queue
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel import guard
from racelab.explorer.kernel.guard import (
    NotModelled,
    modelled_only,
    real_again,
    refuse_coroutine,
    refuse_what_was_swallowed,
)
from session_manager.state import Lazy
from session_manager.sync import RUNTIME
from tests.explorer.toys import Manager, toy


def refusal(does: Callable[[], object]) -> str:
    """Why it is refused in an exploration; empty if it is not."""
    try:
        with modelled_only():
            does()
    except NotModelled as reason:
        return str(reason)
    return ""


BY_NAME = {
    "time": "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time"
    " process_time_ns localtime gmtime ctime sleep strftime",
    "random": "random randint choice shuffle seed uniform getrandbits",
    "threading": "Lock RLock Condition Event Semaphore BoundedSemaphore Barrier Thread local get_ident current_thread",
    "queue": "Queue SimpleQueue",
    "secrets": "token_hex choice",
    "os": "urandom fork",
    "uuid": "uuid1 uuid4",
    "asyncio": "run new_event_loop",
}
"""Functions and classes: each is called without arguments, and refused before that is noticed."""
BY_OBJECT = {
    "event.set()": "threading.Event.set",
    "event.is_set()": "threading.Event.is_set",
    "event.wait(0)": "threading.Event.wait",
    "condition.__enter__()": "threading.Condition.__enter__",
    "semaphore.acquire()": "threading.Semaphore.acquire",
    "bounded.release()": "threading.BoundedSemaphore.release",
    "barrier.wait()": "threading.Barrier.wait",
    "thread.start()": "threading.Thread.start",
    "waiting.put(1)": "queue.Queue.put",
    "waiting.get(timeout=0.01)": "queue.Queue.get",
    "executor.submit(int)": "concurrent.futures.thread.ThreadPoolExecutor.submit",
    "future.result(0)": "concurrent.futures._base.Future.result",
    "concurrent.futures.ThreadPoolExecutor(1)": "concurrent.futures.thread.ThreadPoolExecutor",
    "system.random()": "random.SystemRandom.random",
    "random.Random()": "random.Random.seed",
    "socket.socket()": "A socket",
    "sqlite3.connect(':memory:')": "sqlite3.connect",
    "subprocess.run(['true'], check=False)": "threading.Lock",
    "RUNTIME.now()": "session_manager.sync.ThreadRuntime.now",
    "RUNTIME.new_id()": "session_manager.sync.ThreadRuntime.new_id",
    "lock.__enter__()": "session_manager.sync.ThreadLock.__enter__",
    "rwlock.write()": "session_manager.sync.ThreadRWLock.write",
    "lazy.get()": "session_manager.sync.ThreadLock.__enter__",  # from code of the subject, which is no lab
}
"""What is done with an object that was made before, and what is said of it."""


def made_before() -> dict[str, Any]:
    """These objects, and the modules."""
    return {
        **{name: importlib.import_module(name) for name in (*BY_NAME, "concurrent", "socket", "sqlite3", "subprocess")},
        "RUNTIME": RUNTIME,
        "event": threading.Event(),
        "condition": threading.Condition(),
        "semaphore": threading.Semaphore(),
        "bounded": threading.BoundedSemaphore(),
        "barrier": threading.Barrier(1),
        "thread": threading.Thread(target=int),
        "waiting": queue.Queue(),
        "executor": concurrent.futures.ThreadPoolExecutor(1),
        "future": concurrent.futures.Future(),
        "system": random.SystemRandom(),
        "lock": RUNTIME.lock("x", 1),
        "rwlock": RUNTIME.rwlock("x", 1),
        "lazy": Lazy(int),
    }


def test_every_use_of_something_real_is_refused_by_its_name() -> None:
    """Constructors, methods of objects made before, clocks, chance, sockets."""
    names = made_before()
    by_name = [f"{module}.{name}" for module, names_in in BY_NAME.items() for name in names_in.split()]
    for does, said in {**{f"{name}()": name for name in by_name}, **BY_OBJECT}.items():
        assert refusal(lambda does=does: eval(does, names)).startswith(f"{said} is real"), does  # type: ignore[misc]


HARMLESS = [
    "random.Random(7).random()",
    "random.Random('seed').shuffle([1, 2])",
    "time.localtime(0), time.gmtime(0), time.ctime(0), time.strftime('%Y', time.gmtime(0))",
    "uuid.UUID(int=1), uuid.uuid5(uuid.NAMESPACE_DNS, 'x')",
    "logging.getLogger('racelab.test_guard').warning('read at %s', 'a clock')",
    "logging.getLogger('racelab.test_guard.new').warning('made under a lock')",
    "logging.StreamHandler()",
    "loaded_anew('tempfile')",  # makes a lock when it is imported
    "repr(Written(1))",
]


def test_what_is_no_use_of_anything_real_is_not_refused() -> None:
    """Seeded randomness, given times, logging and imports go on as ever."""
    log = logging.getLogger("racelab.test_guard")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    for does in HARMLESS:
        assert refusal(lambda does=does: eval(does, globals())) == "", does  # type: ignore[misc]


def loaded_anew(name: str) -> None:
    """As an import of a module does that nobody has imported yet."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


class Written:
    """Its text is made with Python's help, which asks in which thread it is."""

    def __init__(self, value: object) -> None:
        self.value = value

    @__import__("reprlib").recursive_repr()  # type: ignore[untyped-decorator]
    def __repr__(self) -> str:
        return repr(self.value)


def everything() -> dict[tuple[int, str], object]:
    """What stands in each place that is guarded."""
    return {(id(owner), name): vars(owner)[name] for owner, name, _ in guard._PLACES}


def test_everything_is_put_back_whatever_happens() -> None:
    """After an error, a refusal or a nested search the real objects are back."""
    before = everything()
    for error in (ValueError, KeyboardInterrupt, NotModelled):
        with suppress(error), modelled_only():
            assert everything() != before
            raise error("no")
        assert everything() == before, error
    with modelled_only():
        with modelled_only():
            pass
        assert "is real" in refusal(time.time)
        with pytest.raises(NotModelled):
            time.time()
    assert everything() == before
    assert time.time() > 0


def test_what_somebody_else_replaces_meanwhile_stays_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only guards are taken away again."""
    real = time.time
    with modelled_only():
        monkeypatch.setattr(time, "time", lambda: 7)
    assert time.time() == 7
    monkeypatch.setattr(time, "time", real)


def test_classes_stay_classes_for_other_threads() -> None:
    """Other threads use classes as before while this one explores."""
    wrong: list[BaseException] = []

    def lives_on() -> None:
        try:
            assert isinstance(threading.local(), threading.local)
            assert isinstance(queue.SimpleQueue(), queue.SimpleQueue)
            assert not isinstance(1, queue.SimpleQueue)

            class Own(threading.local):
                pass

            assert issubclass(Own, threading.local)
            assert isinstance(queue.PriorityQueue(), queue.Queue)
            assert time.time() > 0
            assert random.random() < 1
            assert len(uuid.uuid4().hex) == 32
            with concurrent.futures.ThreadPoolExecutor(1) as executor:
                assert executor.submit(int).result(5) == 0
        except BaseException as problem:  # noqa: BLE001 - told to the test
            wrong.append(problem)

    with modelled_only():
        with real_again():
            other = threading.Thread(target=lives_on)
            other.start()
            other.join(10)
        with pytest.raises(NotModelled):
            threading.local()
    assert wrong == []


def test_a_refusal_that_was_swallowed_is_raised_once_more() -> None:
    """A refusal that the manager swallowed is raised again at the end."""
    with modelled_only():
        with suppress(BaseException):
            time.time()
        with modelled_only():
            refuse_what_was_swallowed()
        with pytest.raises(NotModelled, match=r"time\.time"):
            refuse_what_was_swallowed()
        refuse_what_was_swallowed()


def test_an_operation_that_has_only_made_a_coroutine_is_refused(explore: Explorer) -> None:
    """An operation that only returns a coroutine is refused; a plain one is not."""

    async def counts(self: Manager) -> int:
        return 1

    assert "coroutine" in explore(["get_active_count"], toy(get_active_count=counts)).unsure
    assert explore(["get_active_count"], toy()).verdict == "none"
    for answer in (None, 1, "text", (n for n in "ab")):
        refuse_coroutine(answer, "does")


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Writes a module that can be imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(text: str) -> None:
        (tmp_path / "late_module.py").write_text(text)

    yield write
    sys.modules.pop("late_module", None)


def test_a_module_that_is_imported_meanwhile_is_the_authors(late: Callable[[str], None]) -> None:
    """Python's modules may make locks when they are imported; the author's may not."""
    late("import threading\nLOCK = threading.Lock()\n")
    assert "threading.Lock is real" in refusal(lambda: importlib.import_module("late_module"))
    late("import threading\nLOCK = None\n")
    importlib.invalidate_caches()
    assert refusal(lambda: importlib.import_module("late_module")) == ""


def test_the_progress_of_an_exploration_may_read_the_clock() -> None:
    """What a caller does meanwhile is no part of the exploration."""
    with modelled_only():
        with real_again():
            assert time.monotonic() > 0
        with pytest.raises(NotModelled):
            time.monotonic()


def test_a_manager_that_reads_a_clock_cannot_be_told(explore: Explorer) -> None:
    """Whether or not it swallows the refusal; one that asks the runtime is explored."""

    def reads(self: Any) -> int:
        with suppress(BaseException):
            return int(time.monotonic()) * 0 + 1
        return 1

    def asks(self: Any) -> int:
        return Manager.get_active_count(self) + int(self._runtime.monotonic()) * 0

    assert "time.monotonic is real" in explore(["get_active_count"], toy(get_active_count=reads)).unsure
    assert explore(["get_active_count"], toy(get_active_count=asks)).verdict == "none"
