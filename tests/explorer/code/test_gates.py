"""Before each access a task is at a gate of the same place: there it stops, once that is known to be racy."""

from __future__ import annotations

from typing import Any

import pytest

from racelab.explorer.code.sites import SITES
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread
from tests.explorer.code import test_hooks_attributes, test_hooks_calls, test_hooks_containers
from tests.explorer.code.foreign_code import FOREIGN, FOREIGN_NAMES
from tests.explorer.code.recorded import module, record, touched

IMPORTS = test_hooks_calls.IMPORTS + "import builtins\n"
ATTRIBUTES = test_hooks_attributes.OBJECTS
CALLS = [*test_hooks_calls.LOOKS, *[statement for statement, _ in test_hooks_calls.CHANGES]]
CLASSES = """
import functools
class Kind:
    total = 0
    def __init__(self): self.x = [1]
class Sub(Kind):
    @property
    def above(self): return super().total
    @functools.lru_cache
    def cached(self): return self.x
def outer():
    n = 0
    def inner():
        nonlocal n
        n += 1
    inner()
    return n
m = 0
def bump():
    global m
    m += 1
"""
OTHERS = [
    *("it.above", "it.cached.cache_clear()", "outer()", "bump()", "Sub.total", "Sub.total += 1"),
    *("vars(Kind)['total']", "hasattr(it, 'z')", "del Sub.total2", "functools.partial(outer)()", "next(iter(it.x))"),
    *("it.x += [1]", "it.x[0] += 1", "x = it.x; x += [2]", "[*it.x, *it.x]", "sorted(it.x)", "print(*it.x, end='')"),
]


@pytest.fixture
def ungated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accesses that came without a gate of their place, in words."""
    found: list[str] = []
    last: dict[int, int] = {}
    gate, mark = Memory.gate, Memory.mark

    def note_gate(memory: Memory, task: Thread, site: int) -> None:
        last[id(task)] = site
        gate(memory, task, site)

    def note_mark(memory: Memory, task: Thread, value: object, key: Any, access: int, site: int, *more: object) -> None:
        if task.index and site >= 0 and last.get(id(task)) != site:
            found.append(f"{type(value).__name__} {key!r} {access} at {SITES[site].what}")
        mark(memory, task, value, key, access, site, *more)

    monkeypatch.setattr(Memory, "gate", note_gate)
    monkeypatch.setattr(Memory, "mark", note_mark)
    return found


@pytest.mark.parametrize(("it", "statement"), [case[:2] for case in test_hooks_containers.CASES], ids=str)
def test_a_container_is_touched_behind_a_gate(it: Any, statement: str, ungated: list[str]) -> None:
    """Methods, items and operators of Python's containers."""
    touched(statement, it=it.copy() if hasattr(it, "copy") else it[:])
    assert not ungated


@pytest.mark.parametrize(("kind", "statement"), [case[:2] for case in ATTRIBUTES], ids=str)
def test_an_attribute_is_touched_behind_a_gate(kind: str, statement: str, ungated: list[str]) -> None:
    """Attributes, whichever way they are looked for or set."""
    made = module(test_hooks_attributes.CLASSES)[kind]()
    touched(f"import operator\n{statement}", it=made)
    assert not ungated


@pytest.mark.parametrize("statement", CALLS)
def test_what_is_called_touches_behind_a_gate(statement: str, ungated: list[str]) -> None:
    """Functions of Python's, and code of which nothing is known."""
    touched(IMPORTS + statement, it=[1, 2], **FOREIGN_NAMES)
    assert not ungated


@pytest.mark.parametrize("statement", OTHERS)
def test_all_else_is_touched_behind_a_gate(statement: str, ungated: list[str]) -> None:
    """Classes, caches, and variables that functions share."""
    space = module(f"{CLASSES}\nSub.total2 = 1\ndef run(it):\n    {statement}")
    it = space["Sub"]()
    record(lambda: space["run"](it))
    assert not ungated


@pytest.mark.parametrize("statement", ["list(it)", "next(it)", "for x in it: break", "[*it]"])
def test_a_foreign_generator_is_touched_behind_a_gate(statement: str, ungated: list[str]) -> None:
    """What its body may touch, it touches when it goes on."""
    touched(statement, it=FOREIGN["giving"]([1]))
    assert not ungated


def test_an_object_that_can_be_called_is_touched_behind_a_gate(ungated: list[str]) -> None:
    """Its class is not rewritten."""
    space = dict(FOREIGN)
    exec("class Called:\n    held = []\n    def __call__(self, *given):\n        return given", space)
    it = [1]
    assert ("*", "both") in touched("made(it)", made=space["Called"](), it=it).of(it)
    assert not ungated
