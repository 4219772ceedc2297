"""Real things that a manager has brought along are found at any depth, and what only looks like them is not refused."""

# ruff: noqa: DTZ001 - the clock of `datetime` is what is looked for
from __future__ import annotations

import concurrent.futures
import functools
import itertools
import logging
import queue
import random
import secrets
import sys
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel import reach
from racelab.explorer.kernel.guard import NotModelled, modelled_only
from racelab.explorer.kernel.inspection import Inspection
from session_manager.sync import RUNTIME, ThreadRuntime
from tests.explorer.looking import Plain, holding, refusal
from tests.explorer.toys import Manager, toy


class Box:
    """An object of the manager's own."""

    __slots__ = ("content",)

    def __init__(self, content: object) -> None:
        self.content = content

    def get(self) -> object:
        """What it holds."""
        return self.content


def captured(thing: object) -> Callable[[], object]:
    """A function that knows a thing from where it was written."""
    return lambda: thing


def defaulting(thing: object) -> Callable[..., object]:
    """A function with a thing among its arguments."""

    def function(a: int = 0, *, given: object = thing) -> object:
        return given

    return function


WAYS: dict[str, Callable[[Any], object]] = {
    "six boxes": lambda it: Box(Box(Box(Box(Box(Box(it)))))),
    "nested lists and dicts": lambda it: [{"a": [({"b": (it,)},)]}],
    "a dict's key": lambda it: {it: 1},
    "a closure": captured,
    "a default": defaulting,
    "a partial": lambda it: functools.partial(print, it),
    "a wrapper": lambda it: functools.wraps(captured(it))(lambda: 1),
    "a bound method": lambda it: it.acquire,
    "a bound method of its own": lambda it: Box(it).get,
    "an iterator": lambda it: itertools.cycle([it]),
    "a weak reference": weakref.ref,
    "a namespace": lambda it: SimpleNamespace(it=it),
    "a class made on the fly": lambda it: type("Made", (), {"it": it, "__module__": __name__})(),
    "a property": lambda it: type("Made", (), {"it": property(defaulting(it)), "__module__": __name__})(),
    "a generator": lambda it: (x for x in [it]),
}


def test_a_real_lock_is_found_wherever_it_hides() -> None:
    """Every way to hold a lock is refused, and the same way to hold an integer is not."""
    for name, hide in WAYS.items():
        assert "is real" in refusal(holding(hide(threading.Lock()))), name
        assert "is real" in refusal(Plain(), hide(threading.Lock())), f"{name}, given as well"
        if "bound method" not in name and "weak" not in name:
            assert refusal(holding(hide(1))) == "", name


def test_every_kind_of_real_thing_is_found() -> None:
    """Every kind of real lock, thread, queue, clock and randomness is refused."""
    executor = concurrent.futures.ThreadPoolExecutor(1)
    things = [
        *(threading.Lock(), threading.RLock(), threading.Condition(), threading.Event(), threading.Semaphore()),
        *(threading.BoundedSemaphore(), threading.Barrier(2), threading.Timer(1, int), threading.local()),
        *(queue.Queue(), queue.SimpleQueue(), queue.LifoQueue(), executor, secrets.SystemRandom(), random._inst),
        *(threading.Lock, threading.Event, threading.get_ident, threading.current_thread, queue.Queue),
        *(time.time, time.monotonic_ns, time.perf_counter, time.sleep, datetime.now, datetime.utcnow, date.today),
        *(random.random, random.choice, secrets.token_hex, uuid.uuid4, uuid.uuid1),
        *(ThreadRuntime().lock("x", 1), ThreadRuntime().rwlock("x", 1)),
    ]
    for thing in things:
        assert "'held' of Plain is real" in refusal(holding(thing)), thing
    executor.shutdown()


def test_what_only_looks_real_is_not_refused() -> None:
    """Seeded randomness, dates, loggers and the runtime are not refused."""

    def annotated(lock: threading.Lock, made: datetime) -> threading.Event | None:
        return None

    annotated.__annotations__ = {"lock": threading.Lock, "return": threading.Event}

    class Threads(threading.Thread):
        """A class that no manager has an object of."""

    things = [
        *(random.Random(7), datetime(2026, 1, 2), datetime.fromtimestamp, time.strptime, logging.getLogger("x")),
        *(RUNTIME, list[threading.Lock], uuid.UUID, uuid.uuid5, queue.Empty, threading, time, annotated),
        *(Typed(), Threads, functools.lru_cache(captured), itertools.count()),
    ]
    for thing in things:
        assert refusal(holding(thing)) == "", thing


@dataclass
class Typed:
    """Its annotation is not text for once."""

    lock: Any = None
    made: list[int] = field(default_factory=list)
    __annotations__ = {"lock": threading.Lock, "made": list}


def test_a_default_factory_of_a_dataclass_is_found() -> None:
    """A field that makes a lock is refused before any is made."""
    lock = field(default_factory=threading.Lock)
    made: type = dataclass(type("Made", (), {"__annotations__": {"lock": Any}, "lock": lock}))
    assert "is real" in refusal(holding(made))


def test_a_slotted_object_without_all_its_slots_is_looked_into() -> None:
    """A slot that was never filled is no error."""
    assert refusal(holding(Box.__new__(Box))) == ""


HELPERS = {
    "deep_manager.py": "import deep_first\nclass M:\n    def does(self): return deep_first.does()\n",
    "deep_first.py": "from deep_second import helps\ndef does(): return helps()\n",
    "deep_second.py": "import deep_third as third\ndef helps(): return third\n",
}
LAST = {
    "a lock": "import threading\nSHELVES = {'a': [threading.Lock()]}\n",
    "a class's lock": "import threading\nclass Shelf:\n    lock = threading.RLock()\n",
    "a name of a clock": "from time import monotonic\n",
    "a name of randomness": "from random import random as chance\n",
    "a name of an id": "from uuid import uuid4\n",
}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str]], None]]:
    """Writes modules that can be imported, and forgets them."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def write(files: dict[str, str]) -> None:
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
                del sys.modules[name]
        for cached in tmp_path.rglob("*.pyc"):
            cached.unlink()
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    yield write
    write({})


def test_modules_of_the_author_are_looked_at_however_far_away(modules: Callable[[dict[str, str]], None]) -> None:
    """A module three imports away is refused for what it holds or imports by name."""
    for name, text in LAST.items():
        modules({**HELPERS, "deep_third.py": text})
        import deep_manager  # type: ignore[import-not-found]

        assert "of deep_third" in refusal(deep_manager.M()) or "of Shelf" in refusal(deep_manager.M()), name
    modules({**HELPERS, "deep_third.py": "import threading, time\nfrom random import Random\nCHANCE = Random(3)"})
    import deep_manager

    assert refusal(deep_manager.M()) == ""


def test_a_module_of_the_authors_own_named_sync_is_looked_at(modules: Callable[[dict[str, str]], None]) -> None:
    """A lock in a reader's own module named sync is refused."""
    modules({"own/__init__.py": "", "own/sync.py": "import threading\nLOCK = threading.Lock()\nclass M: pass\n"})
    import own.sync  # type: ignore[import-not-found]

    assert "'LOCK' of own.sync is real" in refusal(own.sync.M())


def test_a_manager_out_of_a_library_is_looked_at(
    modules: Callable[[dict[str, str]], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The module that defines it is looked at, even if it is called `sync`."""
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    modules({"site-packages/sync.py": "import threading\nLOCK = threading.Lock()\nclass M: pass\n"})
    import sync  # type: ignore[import-not-found]

    assert "'LOCK' of sync is real" in refusal(sync.M())


def test_what_is_made_later_is_found_by_looking_again() -> None:
    """A look at the end of an exploration finds a lock that an operation has made."""
    manager = holding({})
    assert refusal(manager) == ""
    manager.held["s1"] = threading.Lock()  # type: ignore[attr-defined]
    assert "'s1' of Plain.held" in refusal(manager)


def test_at_the_end_what_lies_behind_the_locks_is_looked_at_again() -> None:
    """What an operation has put there may be real, or not."""
    for thing, refused in ((threading.Lock(), True), (object(), False)):
        behind: list[object] = []
        inspection = Inspection()
        inspection(Plain(), lambda behind=behind: behind)  # type: ignore[misc]
        behind.append(thing)
        with pytest.raises(NotModelled) if refused else nullcontext():
            inspection.once_more()


def test_a_look_during_an_exploration_still_knows_what_is_real(modules: Callable[[dict[str, str]], None]) -> None:
    """A module that is imported meanwhile gets the guard, and that is refused as well."""
    modules({"late.py": "from threading import Lock\nfrom time import monotonic\nclass M: pass\n"})
    with modelled_only():
        assert "is real" in refusal(holding(threading.Lock))
        assert "is real" in refusal(holding(time.monotonic))
        import late  # type: ignore[import-not-found]

        assert "of late is real" in refusal(late.M())
    assert "of late is real" in refusal(late.M())
    assert isinstance(late.Lock(), type(threading.Lock()))


def test_more_than_can_be_looked_at_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many objects end in a refusal; strings and numbers do not count."""
    monkeypatch.setattr(reach, "MOST", 1_000)
    assert "More than" in refusal(holding([[] for _ in range(2_000)]))
    assert refusal(holding([str(n) for n in range(2_000)])) == ""


def test_a_manager_with_a_deep_lock_cannot_be_told(explore: Explorer) -> None:
    """A search refuses a deep real lock, and explores the same manager without it."""

    def deep(content: object) -> Any:
        def bring(self: Any, *arguments: Any) -> None:
            Manager.__init__(self, *arguments)
            self.registry = Box(Box(Box(Box(Box(content)))))

        return toy(__init__=bring)

    assert "is real" in explore(["increment_access s1"] * 2, deep(threading.Lock())).unsure
    assert explore(["increment_access s1"] * 2, deep(1)).verdict == "found"


def test_a_usual_manager_is_looked_at_in_no_time() -> None:
    """A look at a manager of the lab reaches fewer than 500 objects."""
    manager = toy()(SimpleNamespace(), SimpleNamespace(rwlock=lambda *_: 1, lock=lambda *_: 1))
    found = reach.Reach((manager, type(manager)))
    assert len(found.things) < 500
