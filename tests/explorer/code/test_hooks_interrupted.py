"""C code that calls back: what it touches before and after, and that states tell what it has seen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.explorer.code.recorded import Program, finish
from tests.explorer.touching import running

KINDS = ("read", "write", "both", "change")


def program(one: str, other: str, make: str, helpers: str = "") -> Program:
    """Two tasks, after their racy places were found."""
    found = Program(f"{helpers}\ndef make(): return {make}\ndef one(it): {one}\ndef other(it): {other}\n")
    found.find()
    return found


def accesses_after(found: Program, turns: str) -> list[str]:
    """What A does to the shared object from there on."""
    with running(found.places, found.make) as run:
        run.go(turns)
        run.memory.trace = []
        finish(run)
        return [KINDS[one.access] for one in run.memory.trace if one.thing.object is found.it and one.task.name == "A"]


def futures(found: Program) -> dict[str, set[str]]:
    """For each state in which B has ended: what A answers from there."""
    seen: dict[str, set[str]] = {}
    for before in range(9):
        for after in range(9):
            with running(found.places, found.make) as run:
                first, second = run.tasks
                for task, steps in ((first, before), (second, 9), (first, after)):
                    for _ in range(steps):
                        if not task.done:
                            task.resume()
                state = repr(run.state())
                finish(run)
                seen.setdefault(state, set()).add(repr(first.calls[0].value))
    return seen


@pytest.mark.parametrize(
    "one",
    [
        "list(map(same, it))",
        "sum(map(same, it))",
        "tuple(filter(same, it))",
        "sorted(it, key=same)",
        "max(it, key=same)",
        "list(giving(it))",
        "sum(same(x) for x in it)",
        "[same(x) for x in it]",
        "dict(zip(it, map(same, it)))",
        "functools.reduce(lambda a, b: a + same(b), it)",
        "any(same(x) > 3 for x in iter(it))",
    ],
)
def test_what_c_has_read_before_it_calls_back_is_part_of_the_state(one: str) -> None:
    """From one state there is one future: what C was given is known, also while its callback runs."""
    helpers = "import functools\ndef same(x): return x\ndef giving(it):\n    for x in it:\n        yield x"
    found = program(f"return repr({one})", "it[1] = 5", "[1, 2, 3]", helpers)
    assert {len(answers) for answers in futures(found).values()} == {1}
    assert len({answer for answers in futures(found).values() for answer in answers}) > 1


@pytest.mark.parametrize(
    ("one", "make"),
    [
        ("sorted(it, key=lambda x: x)", "[2, 1]"),
        ("it.sort(key=lambda x: x)", "[2, 1]"),
        ("sum(map(lambda x: x, it))", "[2, 1]"),
        ("max(it, key=lambda x: x)", "[2, 1]"),
    ],
)
def test_after_an_interruption_c_looks_again(one: str, make: str) -> None:
    """What it does with the container afterwards is recorded as well."""
    found = program(one, "it.append(0)", make)
    assert {"read", "both"} & set(accesses_after(found, "AB"))


@pytest.mark.parametrize("one", ["it['k']", "it.__getitem__('k')"])
def test_an_item_that_is_created_late_is_created_all_the_same(one: str) -> None:
    """A factory that was interrupted replaces what another task has put there meanwhile."""
    helpers = "from collections import defaultdict"
    found = program(one, "it['k'] = 5", "defaultdict(lambda: 0)", helpers)
    assert {"both", "change"} & set(accesses_after(found, "AB"))


def test_a_switch_inside_of_a_callback_comes_before_what_c_does_next() -> None:
    """A cache is filled with a value that was read before another task filled it with a newer one."""
    helpers = """
import functools
class Box:
    def __init__(self): self.n, self.seen = 0, None
    def __hash__(self): return 1
@functools.cache
def load(it):
    n = it.n
    abs(1)
    return n
def renew(it):
    it.n = 1
    it.seen = load(it)
"""
    found = program("load(it)", "renew(it)", "Box()", helpers)

    def look(it: Any) -> Any:
        return it.seen, found.names["load"](it)

    assert {ending[0] for ending in found.explore(look)} == {(1, 1), (0, 0), (1, 0)}


def test_a_loop_that_goes_round_can_be_interrupted() -> None:
    """Between two rounds, and not within one."""
    helpers = "class Box:\n    n = 0\ndef add(it, rounds):\n    for _ in rounds:\n        it.n += 1"
    for rounds in ("range(2)", "[1, 2]", "iter('ab')", "(x for x in 'ab')"):
        found = program(f"add(it, {rounds})", "it.n = 10", "Box()", helpers)
        assert found.explore(lambda it: it.n) == {(12,), (10,), (11,)}, rounds
    helpers = helpers.replace("for _ in rounds:", "while it.n < 2:")
    found = program("add(it, 0)", "it.n = -1", "Box()", helpers)
    assert found.explore(lambda it: it.n) == {(2,), (-1,)}


def test_a_block_that_ends_is_a_place_for_a_switch() -> None:
    """After `with`, before what follows."""
    helpers = """
class Box:
    n = 0
class Manager:
    def __enter__(self): return self
    def __exit__(self, *error): return None
def add(it):
    n = it.n
    with Manager():
        pass
    it.n = n + 1
"""
    found = program("add(it)", "add(it)", "Box()", helpers)
    assert found.explore(lambda it: it.n) == {(1,), (2,)}


FAILING = """
class Box:
    n = 0
def add(it):
    n = it.n
    try:
        {statement}
    except (KeyError, ValueError, TypeError):
        pass
    it.n = n + 1
"""


@pytest.mark.parametrize(
    ("fails", "succeeds"),
    [
        ("[].remove(1)", "[1].remove(1)"),
        ("int([])", "int('1')"),
        ("sum([''])", "sum([1])"),
        ("{}.pop('a')", "{'a': 1}.pop('a')"),
        ("max([])", "max([1])"),
    ],
)
def test_a_call_that_fails_is_no_place_for_a_switch(fails: str, succeeds: str) -> None:
    """Python looks for other threads after a call of C code that returns."""
    found = program("add(it)", "add(it)", "Box()", FAILING.format(statement=fails))
    assert found.explore(lambda it: it.n) == {(2,)}
    found = program("add(it)", "add(it)", "Box()", FAILING.format(statement=succeeds))
    assert found.explore(lambda it: it.n) == {(1,), (2,)}


def test_what_is_no_call_is_no_place_for_a_switch() -> None:
    """Items, attributes, tests, text and raising do not let another thread in."""
    for statement in ("{'a': 1}['a']", "[1][0] = 2", "f'{it.n}'", "1 in [1]", "not it.n", "raise KeyError", "{}['a']"):
        found = program("add(it)", "add(it)", "Box()", FAILING.format(statement=statement))
        assert found.explore(lambda it: it.n) == {(2,)}, statement


CALLED = """
import functools, operator
class Meta(type):
    def __call__(cls, *args): return super().__call__(*args)
class Made(metaclass=Meta):
    def __init__(self, it): self.n = step(it)
class Box:
    n = m = 0
    def __call__(self): return step(self)
    def step(self): return step(self)
def step(it):
    it.m += 1
    return it.n
def add(it):
    n = {call}
    it.n = n + 1
"""


@pytest.mark.parametrize(
    "call",
    [
        *("it()", "functools.partial(step, it)()", "operator.methodcaller('step')(it)", "step(*[it])"),
        *("step(**{'it': it})", "Made(it).n", "max([step(it)])"),
    ],
)
def test_what_python_calls_through_c_is_a_place_for_a_switch_at_its_end(call: str) -> None:
    """After it has read, before the next line writes; a plain call has no such place."""
    found = program("add(it)", "add(it)", "Box()", CALLED.format(call=call))
    assert found.explore(lambda it: it.n) == {(1,), (2,)}
    found = program("add(it)", "add(it)", "Box()", CALLED.format(call="step(it)"))
    assert found.explore(lambda it: it.n) == {(2,)}
