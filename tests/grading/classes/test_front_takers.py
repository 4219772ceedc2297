"""Who takes what was handed out, where a method does not simply fail without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.result import FOUND, NONE

from .front import chosen, saved
from .sample_stores import locked
from .sample_takers import MADE_IF_MISSING, TAKERS
from .test_front_session import graded, passed


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACELAB_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", TAKERS)
def test_a_handle_is_given_to_all_that_take_it(name: str, tmp_path: Path) -> None:
    """And the grader's own keys too, if they do something."""
    source, first, calls = TAKERS[name]
    choice = chosen(saved(tmp_path, source))
    assert choice.first == first
    assert calls <= set(choice.calls)
    assert not choice.left_out


@pytest.mark.parametrize("name", TAKERS)
def test_a_race_for_it_is_found_and_its_twin_is_none(name: str, tmp_path: Path) -> None:
    """Without a word from the author; and the same class behind one lock passes."""
    source, *_ = TAKERS[name]
    wrong = graded(saved(tmp_path, source))
    assert wrong.verdict == FOUND
    assert any(each.program.first for each in wrong.findings)
    right = passed(saved(tmp_path, locked(source), "right.py"))
    assert (right.verdict, right.reasons) == (NONE, {})


def test_what_a_key_of_the_graders_makes_is_observed_too(tmp_path: Path) -> None:
    """Two threads that make the same row have no handle of it."""
    assert {'it.read("a")', "it.read(sid)"} <= set(chosen(saved(tmp_path, MADE_IF_MISSING)).then)


def test_what_only_the_owners_name_finds_keeps_the_name(tmp_path: Path) -> None:
    """A method that answers otherwise once a handle was made, and does nothing with the handle, takes none."""
    source = """
class Bank:
    def __init__(self): self._rows = {}
    def open(self, owner): key = f"k{len(self._rows)}"; self._rows[key] = [owner, 0]; return key
    def deposit(self, number): self._rows[number][1] += 1
    def owned(self, owner): return [key for key, row in self._rows.items() if row[0] == owner]
"""
    choice = chosen(saved(tmp_path, source))
    assert choice.first == ('number = it.open("a")',)
    assert 'it.owned("a")' in choice.calls
    assert "it.owned(number)" not in choice.calls


@pytest.mark.parametrize(
    ("answer", "first"),
    [("len(self._rows)", ("number = it.add(2)",)), ("self._rows.count(row)", ())],
    ids=["id", "count"],
)
def test_a_number_that_was_given_is_no_handle(answer: str, first: tuple[str, ...], tmp_path: Path) -> None:
    """An id that happens to be what the call was given is one, and how often something was given is not."""
    source = f"""
class Rows:
    def __init__(self): self._rows = []
    def add(self, row): self._rows.append(row); return {answer}
    def shown(self, number): return {"self._rows[number - 1:number]" if first else "self._rows.count(number)"}
"""
    assert chosen(saved(tmp_path, source)).first == first


@pytest.mark.parametrize(
    ("names", "first"), [("[f'{key}/0', len(key)]", ()), ("self._rows[key]", ("key = it.add(1)",))]
)
def test_what_is_made_of_any_value_needs_no_handle(names: str, first: tuple[str, ...], tmp_path: Path) -> None:
    """A method that says the same of it to an object that has handed nothing out takes none."""
    source = f"""
class Names:
    def __init__(self): self._rows = {{}}
    def add(self, row): self._rows[f'row {{row}}'] = row; return f'row {{row}}'
    def named(self, key): return {names}
"""
    assert chosen(saved(tmp_path, source)).first == first


def test_a_value_that_was_put_in_is_no_handle(tmp_path: Path) -> None:
    """A method that does more because something else is there by then, or gives back what it was given, takes none."""
    source = """
class Counting:
    def __init__(self): self._rows, self._asked = {}, {}
    def put(self, key, value): self._rows[key] = value
    def update(self, **rows): self._rows.update(rows)
    def take(self, key): self._asked[key] = self._asked.get(key, 0) + 1; return self._rows[key]
    def get(self, key, default=None): return self.take(key) if key in self._rows else default
    def shown(self, key, default=None): return [self.take(key)] if key in self._rows else default
"""
    choice = chosen(saved(tmp_path, source))
    assert choice.first == ()
    assert {'it.get("a")', 'it.put("a", 1)'} <= set(choice.calls)
