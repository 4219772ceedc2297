"""What outlives an execution is watched: a change is named, and what stays the same by value is left alone."""

from __future__ import annotations

import functools
import itertools
import random
import sys
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Hashable, Iterator
from types import ModuleType
from typing import Any

import pytest

from racelab.explorer import Findings
from racelab.explorer import explore as explore_all
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.guarded import GuardedValues
from racelab.explorer.kernel.outliving import Outliving
from racelab.explorer.kernel.runtime import ExploredRuntime
from racelab.explorer.kernel.tasks import Stage
from racelab.explorer.search.execution import Execution
from racelab.explorer.search.policies import DepthFirst
from racelab.explorer.search.run import Run
from tests.explorer.toys import INCREMENTS, TWO, Manager, toy

SOURCE = """
import functools, itertools, random
from collections import OrderedDict

LIST, DICT, SET, LIMIT, NUMBERS, CHANCE = [], {}, set(), 3, itertools.count(), random.Random(3)
ORDER = OrderedDict(a=1, b=2)
HANDLERS = {}
LATEST = None

class Registry:
    __slots__ = ("known",)
    def __init__(self):
        self.known = {}

REGISTRY = Registry()

@functools.lru_cache(maxsize=8)
def record(name):
    return [name]

@functools.lru_cache(maxsize=None)
def boundless(name):
    return [name]

@functools.lru_cache(maxsize=None)
def pure(name):
    return name.upper(), len(name)

def remembering():
    kept = []
    def remember(it):
        kept.append(it)
    return remember

remember = remembering()

def counts():
    counts.calls = getattr(counts, "calls", 0) + 1

def named(*, room={}):
    room["a"] = 1

def compiled():
    def function(): return 1
    return function

class M:
    calls = 0
    shared = []
    def default(self, seen=set(), *, also={}):
        return seen, also
    @functools.lru_cache(maxsize=None)
    def own(self, name):
        return [name]
    @property
    def slow(self):
        return self.default()
"""


@pytest.fixture
def module() -> Iterator[Any]:
    """The module of a manager `M`, new for each test."""
    made = ModuleType("an_authors_module")
    sys.modules[made.__name__] = made
    exec(SOURCE, vars(made))
    yield made
    del sys.modules[made.__name__]


def bump(module: Any) -> None:
    """One more call."""
    module.M.calls += 1


CHANGES: dict[str, Callable[[Any], object]] = {
    "'LIST', a global of an_authors_module": lambda m: m.LIST.append(1),
    "'DICT', a global": lambda m: m.DICT.update(a=[1]),
    "'SET', a global": lambda m: m.SET.add("s1"),
    "'LIMIT', a global": lambda m: setattr(m, "LIMIT", 4),
    "'NUMBERS', a global": lambda m: next(m.NUMBERS),
    "'CHANCE', a global": lambda m: m.CHANCE.random(),
    "'ORDER', a global": lambda m: m.ORDER.move_to_end("a"),
    "'REGISTRY', a global": lambda m: m.REGISTRY.known.update(a=1),
    "'record', a global": lambda m: m.record("a"),
    "'boundless', a global": lambda m: m.boundless("a"),
    "'kept', captured by remembering.<locals>.remember": lambda m: m.remember(1),
    "'calls', an attribute of counts": lambda m: m.counts(),
    "'calls', an attribute of the class M": bump,
    "'shared', an attribute of the class M": lambda m: m.M.shared.append(1),
    "'seen', a default of M.default": lambda m: m.M().default()[0].add("s1"),
    "'also', a default of M.default": lambda m: m.M().slow[1].update(a=1),
    "'room', a default of named": lambda m: m.named(),
    "'NEW', a global": lambda m: setattr(m, "NEW", 1),
    "'new', an attribute of the class M": lambda m: setattr(m.M, "new", []),
    "'M', a global": lambda m: setattr(m, "M", 7),
}


def test_every_change_of_what_outlives_a_manager_is_named(module: Any) -> None:
    """A change of a global, a class, a default, a closure or a cache is named."""
    for name, change in CHANGES.items():
        exec(SOURCE, vars(module))
        before = Outliving.of(module.M())
        assert before.difference() == "", name
        change(module)
        assert before.difference().startswith(name), name
        assert "was changed by an earlier execution" in before.difference(), name
        vars(module).pop("NEW", None)


def test_a_sentence_says_what_became_of_it(module: Any) -> None:
    """The value before and the value now are told."""
    before = Outliving.of(module.M())
    module.M().default()[0].add("s1")
    assert "'seen', a default of M.default, was changed by an earlier execution: set() became {'s1'}." in (
        before.difference()
    )


UNCHANGED: dict[str, Callable[[Any], object]] = {
    "an equal list": lambda m: setattr(m, "LIST", []),
    "an equal object": lambda m: setattr(m, "REGISTRY", m.Registry()),
    "a method": lambda m: setattr(m.M, "new", lambda self: 1),
    "a function in a dict": lambda m: m.HANDLERS.update(a=len, b=m.compiled()),
    "a class": lambda m: setattr(m, "Kind", type("Kind", (), {})),
    "a result that cannot change": lambda m: m.pure("a"),
    "a result for one manager": lambda m: m.M().own("a"),
    "a change and its undoing": lambda m: m.LIST.append(1) or m.LIST.pop(),
    "a use": lambda m: m.M().slow,
}


def test_what_is_the_same_by_value_is_left_alone(module: Any) -> None:
    """Equal values, added methods and constant results are no change of state."""
    for name, change in UNCHANGED.items():
        exec(SOURCE, vars(module))
        before = Outliving.of(module.M())
        change(module)
        assert before.difference() == "", name


def test_what_the_makers_function_keeps_is_watched_too(module: Any) -> None:
    """A maker that remembers something is named, given as well."""
    made: list[object] = []

    def make() -> Any:
        made.append(1)
        return module.M()

    before = Outliving.of(make(), make)
    make()
    assert "'made', captured by" in before.difference()


def test_things_of_a_runtime_are_told_apart_only_by_whether_they_are_kept(module: Any) -> None:
    """A manager may replace the last execution's lock, and may not keep it."""
    module.LATEST = ExploredRuntime(GuardedValues(Stage(1, False))).lock("latest", [])
    before = Outliving.of(module.M())
    assert "'LATEST', a global of an_authors_module, still holds the ModelledLock" in before.difference()
    module.LATEST = ExploredRuntime(GuardedValues(Stage(1, False))).lock("latest", [1])
    assert before.difference() == ""


def test_what_an_earlier_exploration_has_left_is_named(module: Any) -> None:
    """The next exploration would begin where it ended; after a reset it begins anew."""
    before = Outliving.of(module.M())
    assert before.left_over() == ""
    module.SET.add("s1")
    assert before.difference()
    again = Outliving.of(module.M())
    assert again.difference() == ""
    assert "'SET', a global of an_authors_module, is {'s1'}" in again.left_over()
    module.SET.clear()
    assert Outliving.of(module.M()).left_over() == ""


def test_usual_containers_are_compared_by_what_they_hold(module: Any) -> None:
    """A change deep inside of any of them is seen, and a copy is the same."""
    makes: list[Callable[[], Any]] = [
        lambda: {"a": [{"b": ({1, 2}, deque([1]))}]},
        lambda: defaultdict(list, a=[1]),
        lambda: OrderedDict(a=[1]),
        lambda: iter([1, 2, 3]),
        lambda: itertools.cycle([1, 2]),
        lambda: functools.partial(print, [1]),
        lambda: bytearray(b"ab"),
        lambda: random.Random(5),
    ]
    changes: list[Callable[[Any], Any]] = [
        lambda it: it["a"][0]["b"][1].append(2),
        lambda it: it["b"],
        lambda it: it["a"].append(2),
        next,
        next,
        lambda it: it.args[0].append(2),
        lambda it: it.extend(b"c"),
        lambda it: it.random(),
    ]
    for place, (make, change) in enumerate(zip(makes, changes, strict=True)):
        module.LIST = make()
        before = Outliving.of(module.M())
        module.LIST = make()
        assert before.difference() == "" or place == 3, place
        change(module.LIST)
        assert "'LIST'" in before.difference(), place


def test_a_cycle_ends_and_weak_references_are_no_state(module: Any) -> None:
    """A list that contains itself is read once, and weak references are no state."""
    module.LIST.append(module.LIST)
    module.DICT["weak"] = weakref.WeakSet()
    before = Outliving.of(module.M())
    module.DICT["weak"].add(module.M)
    assert before.difference() == ""
    module.LIST.append(module.LIST)
    assert "'LIST'" in before.difference()


class CountsCalls(Manager):
    """A counter of the class: later executions see what earlier ones did."""

    calls = 0

    def increment_access(self, session_id: str) -> int:
        CountsCalls.calls += 1
        return super().increment_access(session_id)


def test_a_manager_that_counts_in_its_class_cannot_be_told(explore: Explorer) -> None:
    """A count in a class is cannot tell each time; a count in an instance is not."""

    def counts(self: Any, session_id: str) -> int:
        self.calls = getattr(self, "calls", 0) + 1
        return Manager.increment_access(self, session_id)

    for _ in range(2):
        found = explore(["increment_access s1"], toy(CountsCalls))
        assert found.verdict == "cannot tell"
        assert "'calls', an attribute of the class CountsCalls" in found.unsure
    assert explore(INCREMENTS, toy(increment_access=counts)).verdict == "found"
    CountsCalls.calls = 0


class LastSchedule(DepthFirst):
    """All schedules, and what a manager has noted in each."""

    notes = ""

    def end(self, run: Run[Any], outcome: Hashable) -> None:
        """Keep the notes of the last one."""
        assert isinstance(run, Execution)
        self.notes = "".join(vars(run.world.manager)["notes"])
        super().end(run, outcome)


def noting(letter: str, answer: int, trap: str) -> Callable[[Any], int]:
    """An operation of two sections that notes its steps, and springs the trap at the end of those in it."""

    def operation(self: Any) -> int:
        for _ in range(2):
            self.notes.append(letter)
            with self._lock:
                self.notes.append(letter.upper())
        if "".join(self.notes) == trap:
            type(self).sprung = True
        return answer

    return operation


def test_a_change_in_the_very_last_schedule_cannot_be_told() -> None:
    """No later execution begins with what it has left, and it is noticed all the same."""

    def noted(trap: str) -> tuple[Findings, str]:
        def begin(self: Any, *arguments: Any) -> None:
            Manager.__init__(self, *arguments)
            self._lock, self.notes = self._runtime.lock("lock", None), []

        first, second = noting("a", 1, trap), noting("b", 0, trap)
        made = toy(__init__=begin, sprung=False, get_active_count=first, get_cleanup_queue_size=second)
        policy = LastSchedule(reduce=False)
        return explore_all(scenario_of(TWO), made, policy), policy.notes

    found, last = noted("")
    assert found.verdict == "none"
    assert len(last) == 8
    found, again = noted(last)
    assert again == last
    assert found.verdict == "cannot tell"
    assert "'sprung', an attribute of the class Toy" in found.unsure
