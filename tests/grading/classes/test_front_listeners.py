"""Callables that an object keeps are heard: a listener that is lost, or a callback that is never called, is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.choosing.choice import UNHEARD, Given
from racelab.grading.classes.choosing.grade_file import text_of
from racelab.grading.classes.result import FOUND, NONE

from .front import chosen, saved
from .sample_listeners import BUS, CHAIN, LOADERS, MESSAGES, MODULE, RIGHT, TABLE, TRANSACTION, WRONG
from .sample_stores import locked
from .test_front_session import graded, passed

HEARD = "sorted(map(repr, heard))"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACELAB_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", WRONG)
def test_a_callable_that_is_lost_is_found_and_the_twin_is_none(name: str, tmp_path: Path) -> None:
    """Without a word from the author; nothing but the callable tells the difference."""
    wrong = graded(saved(tmp_path, WRONG[name]))
    assert (wrong.verdict, wrong.reasons) == (FOUND, {})
    assert HEARD in wrong.findings[0].program.then
    right = passed(saved(tmp_path, RIGHT[name], "right.py"))
    assert (right.verdict, right.reasons) == (NONE, {})
    assert right.choice.calls == wrong.choice.calls


def test_functions_over_a_module_are_heard_too(tmp_path: Path) -> None:
    """Where there is no object, the module keeps them."""
    wrong = graded(saved(tmp_path, MODULE), "listen")
    assert (wrong.verdict, wrong.choice.then) == (FOUND, (HEARD,))
    right = MODULE.replace("_LISTENERS[:] = list(_LISTENERS) + [listener]", "_LISTENERS.append(listener)")
    assert passed(saved(tmp_path, right, "right.py"), "listen").verdict == NONE


def test_who_lets_go_gets_the_same(tmp_path: Path) -> None:
    """By the name of its parameter; and other methods go on with the grader's own values."""
    choice = chosen(saved(tmp_path, WRONG["subscribe"]))
    assert choice.calls[:6] == tuple(
        f"it.{name}({key}, {who})"
        for name in ("subscribe", "unsubscribe")
        for key, who in (('"a"', "one"), ('"a"', "two"), ('"b"', "one"))
    )
    assert 'it.publish("a", 1)' in choice.calls
    assert choice.alike() == ('"a"', '"b"')


def test_what_is_only_called_at_once_is_not_heard(tmp_path: Path) -> None:
    """A cache that may load twice is right, and the report says that nobody has counted."""
    source = """
class Cache:
    def __init__(self): self._items = {}
    def get(self, key, function):
        if key not in self._items:
            self._items[key] = function(key)
        return self._items[key]
"""
    report = passed(saved(tmp_path, source))
    assert (report.verdict, report.choice.first) == (NONE, ())
    assert 'it.get("a", lambda *_: 1)' in report.choice.calls
    assert UNHEARD in report.assumed


def test_a_callable_that_another_one_replaces_is_heard(tmp_path: Path) -> None:
    """No name says what is used, and whatever is used next is what is called first."""
    wrong = graded(saved(tmp_path, CHAIN))
    assert (wrong.verdict, wrong.choice.then[-1]) == (FOUND, HEARD)
    right = passed(saved(tmp_path, locked(CHAIN), "right.py"))
    assert (right.verdict, right.choice.calls) == (NONE, wrong.choice.calls)


def test_what_decorates_is_heard(tmp_path: Path) -> None:
    """What a method returns takes it, and what calls it raises as long as there is none."""
    wrong = graded(saved(tmp_path, BUS))
    assert (wrong.verdict, wrong.choice.then) == (FOUND, (HEARD,))
    assert {'it.on("a")(one)', 'it.on("a")(two)', 'it.on("b")(one)'} <= {*wrong.choice.calls}
    decorate = "            handlers = tuple(list(self._handlers.get(event, ())))\n            self._handlers[event] ="
    held = "            with self._lock:\n    " + decorate.replace("\n", "\n    ")
    right = passed(saved(tmp_path, BUS.replace(decorate, held), "right.py"))
    assert (right.verdict, right.choice.calls) == (NONE, wrong.choice.calls)


def test_what_is_kept_after_another_call_is_heard(tmp_path: Path) -> None:
    """On a new object it is called at once."""
    wrong = graded(saved(tmp_path, TRANSACTION))
    assert (wrong.verdict, wrong.choice.then) == (FOUND, (HEARD,))
    right = passed(saved(tmp_path, locked(TRANSACTION), "right.py"))
    assert (right.verdict, right.choice.calls) == (NONE, wrong.choice.calls)


def test_equal_messages_are_the_same(tmp_path: Path) -> None:
    """That one is heard twice and the other once says nothing about which: no order is observed."""
    right = passed(saved(tmp_path, MESSAGES))
    assert (right.verdict, right.choice.then[-1]) == (NONE, HEARD)
    assert 'it.tell({"a": 1})' in right.choice.calls
    wrong = MESSAGES.replace(
        "with self._lock:\n            self._listeners =", "if True:\n            self._listeners ="
    )
    assert graded(saved(tmp_path, wrong, "wrong.py")).verdict == FOUND


def test_what_makes_values_is_not_heard_though_it_is_kept(tmp_path: Path) -> None:
    """Two threads may load at once, and the first one wins; that a loader is lost is told by what is answered."""
    right = passed(saved(tmp_path, LOADERS))
    assert (right.verdict, right.choice.first) == (NONE, ())
    assert UNHEARD in right.assumed
    assert 'it.register("a", lambda *_: 1)' in right.choice.calls
    wrong = LOADERS.replace("with self._lock:\n            self._loaders =", "if True:\n            self._loaders =")
    assert graded(saved(tmp_path, wrong, "wrong.py")).verdict == FOUND


def test_who_calls_it_at_once_does_not_let_it_go(tmp_path: Path) -> None:
    """There is nothing to update at first; then it is called, and again after it was overtaken, which is right."""
    right = passed(saved(tmp_path, TABLE))
    assert (right.verdict, right.choice.then[-1]) == (NONE, HEARD)
    assert {"it.on_change(one)", 'it.update("a", lambda *_: 1)'} <= {*right.choice.calls}
    wrong = TABLE.replace(
        "self._listeners.append(callback)", "pass\n        self._listeners = list(self._listeners) + [callback]"
    )
    assert graded(saved(tmp_path, wrong, "wrong.py")).verdict == FOUND


def test_what_is_kept_and_not_called_is_a_value(tmp_path: Path) -> None:
    """A container takes callables as well as numbers, and nothing is recorded for it."""
    report = passed(saved(tmp_path, "class Box:\n    def put(self, value): self.value = value\n"))
    assert report.choice.calls == ("it.put(1)", "it.put(2)")
    assert (report.choice.first, UNHEARD in report.assumed) == ((), False)


def test_what_is_no_plain_data_is_not_observed(tmp_path: Path) -> None:
    """Of a callback that is given an object it is known that it was called: another run has another object."""
    choice = chosen(saved(tmp_path, WRONG["then"]))
    assert choice.first[1] == 'one = lambda *_, **__: heard.append("one") or 1'
    choice = chosen(saved(tmp_path, WRONG["add_listener"]))
    assert choice.first[1] == 'one = lambda *values, **_: heard.append(("one", *values)) or 1'


def test_names_of_the_module_are_left_alone(tmp_path: Path) -> None:
    """A module that has such a name is graded with another one."""
    choice = chosen(saved(tmp_path, f"heard = one = 0\n{WRONG['add_listener']}"))
    assert "it.add_listener(the_one)" in choice.calls
    assert choice.first[0] == "the_heard = []"
    assert choice.then[-1] == "sorted(map(repr, the_heard))"


def test_an_author_who_says_what_is_observed_hears_himself(tmp_path: Path) -> None:
    """Nothing is recorded that nobody looks at. A saved choice is graded as it was."""
    path = saved(tmp_path, WRONG["add_listener"])
    choice = chosen(path, given=Given(then=("it._listeners",)))
    assert (choice.first, choice.then) == ((), ("it._listeners",))
    assert chosen(path, given=Given(then=())).first == ()
    choice = chosen(path)
    kept = saved(tmp_path, text_of(choice, tmp_path / "kept.py"), "kept.py")
    again = chosen(kept)
    assert (again.first, again.calls, again.then) == (choice.first, choice.calls, choice.then)


@pytest.mark.parametrize("right", [False, True])
def test_one_is_let_go_while_both_are_called(right: bool, tmp_path: Path) -> None:
    """Two are there before, so that a loop over them may skip one."""
    source = """
import threading
class Bus:
    def __init__(self): self._all, self._lock = [], threading.Lock()
    def on(self, listener):
        with self._lock: self._all.append(listener)
    def off(self, listener):
        with self._lock:
            if listener in self._all: self._all.remove(listener)
    def emit(self, value):
        for listener in self._all: listener(value)
"""
    source = (
        source.replace("in self._all: listener(value)", "in tuple(self._all): listener(value)") if right else source
    )
    report = (passed if right else graded)(saved(tmp_path, source))
    assert report.choice.calls[-1] == "it.on(one); it.on(two); it.emit(1)"
    assert report.verdict == (NONE if right else FOUND), report.reasons
