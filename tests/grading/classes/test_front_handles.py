"""What one call hands out and others take: found by the grader, or said by the author with `--first`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from racelab.grading.classes.choosing.choice import Given
from racelab.grading.classes.choosing.grade_file import text_of
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import FOUND, NONE

from .front import chosen, command, saved
from .sample_stores import BANK, FIELDS, JOBS, KEPT, LAZY, POOL, STORE, TAGS, WORKER, locked
from .test_front_session import graded, passed

Grade = Callable[..., Report]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACELAB_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("source", "name", "first", "calls"),
    [
        (STORE, "Store", ('sid = it.create("a")',), {"it.update(sid, a=1)", "it.update(sid, b=2)", "it.get(sid)"}),
        (KEPT, "Store", ('sid = it.create("a")',), {"it.update(sid, a=1)", "it.update(sid, b=2)", "it.get(sid)"}),
        (
            FIELDS,
            "Store",
            ('sid = it.create("a")',),
            {'it.set(sid, "a", 1)', 'it.set(sid, "b", 1)', 'it.get(sid, "b")'},
        ),
        (BANK, "Bank", ("src = it.open(2)", "dst = it.open(1)"), {"it.move(src, dst, 1)", "it.balance(dst)"}),
        (POOL, "Pool", ("conn = it.acquire()",), {"it.release(conn)", "own = it.acquire(); it.release(own)"}),
        (JOBS, "Jobs", ("the_id = it.new()",), {'it.save(the_id, {"a": 1})', 'it.save(the_id, {"b": 2})'}),
    ],
    ids=[
        "session",
        "whatever fails without",
        "a key beside it",
        "two accounts",
        "connection",
        "a dictionary of values",
    ],
)
def test_what_one_call_returns_is_given_to_others(
    source: str, name: str, first: tuple[str, ...], calls: set[str], tmp_path: Path
) -> None:
    """A handle is made before the threads begin, if a method needs it."""
    choice = chosen(saved(tmp_path, source), name)
    assert choice.first == first
    assert calls <= set(choice.calls)
    assert "first" in choice.chosen
    assert not choice.left_out


def test_where_keys_of_the_graders_do_nothing_is_handed_out(tmp_path: Path) -> None:
    """A cache takes any key, and a counter's number means nothing to others."""
    source = """
class Cache:
    def __init__(self): self._items, self.hits = {}, 0
    def put(self, key, value): self._items[key] = value; return len(self._items)
    def get(self, key): return self._items.get(key)
    def drop(self, key): return self._items.pop(key, None)
    def hit(self): self.hits += 1; return self.hits
"""
    choice = chosen(saved(tmp_path, source))
    assert (choice.first, "first" in choice.chosen) == ((), False)
    assert 'it.get("a")' in choice.calls


@pytest.mark.parametrize(
    ("source", "name"), [(STORE, "Store"), (FIELDS, "Store"), (BANK, "Bank"), (POOL, "Pool"), (JOBS, "Jobs")]
)
def test_a_race_for_a_handle_is_found_and_its_twin_is_none(source: str, name: str, tmp_path: Path) -> None:
    """Without a word from the author; and the same class behind one lock passes."""
    wrong = graded(saved(tmp_path, source), name)
    assert wrong.verdict == FOUND
    assert wrong.findings[0].program.first
    right = passed(saved(tmp_path, locked(source), "right.py"), name)
    assert (right.verdict, right.reasons) == (NONE, {})


def test_a_program_without_handles_begins_with_a_new_object(tmp_path: Path) -> None:
    """What the first call makes at once is made by two threads, and not before them."""
    report = graded(saved(tmp_path, LAZY))
    assert report.choice.first == ("sid = it.create()",)
    lazy = next(each for each in report.findings if each.program.tasks == (("it.create()",), ("it.create()",)))
    assert lazy.program.first == ()
    assert lazy.program.then == ("it.sids()",)


def test_a_saved_choice_has_what_comes_first(tmp_path: Path) -> None:
    """The file is graded as the class was."""
    path = saved(tmp_path, STORE)
    choice = chosen(path)
    kept = saved(tmp_path, text_of(choice, tmp_path / "kept.py"), "kept.py")
    again = chosen(kept)
    assert (again.first, again.calls, again.then) == (choice.first, choice.calls, choice.then)
    tasks = (("it.create()",), ("it.update(sid, a=1)",))
    assert again.program(tasks).first == choice.first
    assert again.program((tasks[0], tasks[0])).first == choice.program((tasks[0], tasks[0])).first == ()


def test_what_the_author_puts_first_is_always_done(tmp_path: Path) -> None:
    """A call that assigns nothing is no handle: it happens before every program."""
    path = saved(tmp_path, STORE)
    choice = chosen(path, given=Given(first=('it.create("a")', 'sid = it.create("b")')))
    assert choice.program((("len(it)",), ("len(it)",))).first == choice.first
    assert "first" not in choice.chosen
    assert "it.get(sid)" not in choice.calls
    one = Given(first=('sid = it.create("b")',), tasks=(("len(it)",), ("len(it)",)), then=())
    assert chosen(path, given=one).program(one.tasks).first == one.first


@pytest.mark.parametrize("source", [STORE, WORKER], ids=["plain", "starts a thread"])
def test_all_know_the_names_that_come_first(source: str, tmp_path: Path) -> None:
    """Threads, observations, and what must hold."""
    given = Given(
        first=('sid = it.create("a")',),
        tasks=(("it.update(sid, a=1)",), ("it.update(sid, b=2)",)),
        then=("it.get(sid)",),
        holds=("it.get(sid)['user'] == 'a'",),
    )
    wrong = graded(saved(tmp_path, source), given=given)
    assert [each.name for each in wrong.findings] == ["lost update"], wrong.reasons
    right = graded(saved(tmp_path, locked(source), "right.py"), given=given)
    assert right.verdict == NONE, right.reasons


def test_functions_over_a_module_begin_with_it_too(tmp_path: Path) -> None:
    """Where there is no object, `it` is the module."""
    source = """
SEEN = {}

def begin(key):
    SEEN[key] = 0
    return key

def hit(key):
    now = int(SEEN[key])
    SEEN[key] = now + 1
"""
    given = Given(first=('key = it.begin("a")',), tasks=(("it.hit(key)",), ("it.hit(key)",)), then=("it.SEEN",))
    assert [each.name for each in graded(saved(tmp_path, source), "hit", given).findings] == ["lost update"]


def test_methods_by_other_names_are_observed_too(tmp_path: Path) -> None:
    """What changes nothing and tells a used object from a new one is looked at in the end."""
    assert chosen(saved(tmp_path, TAGS)).then == ("it.names()",)


def test_what_changes_a_database_is_not_observed(tmp_path: Path) -> None:
    """It changes nothing in the object, and answers otherwise when it is called again."""
    source = """
import sqlite3
class Counts:
    def __init__(self):
        self._run("CREATE TABLE IF NOT EXISTS counts (n)")
        self._run("INSERT INTO counts VALUES (0)")
    def _run(self, text):
        with sqlite3.connect("counts.db") as db:
            return db.execute(text).fetchone()
    def more(self): return self._run("UPDATE counts SET n = n + 1 RETURNING n")[0]
    def seen(self): return self._run("SELECT n FROM counts")[0]
"""
    assert chosen(saved(tmp_path, source)).then == ("it.seen()",)


def test_the_command_says_what_comes_first_and_replays_it(tmp_path: Path) -> None:
    """The line that is printed shows the same finding again."""
    saved(tmp_path, STORE)
    told = command("sample.py:Store", folder=tmp_path)
    assert told.returncode == 3, told.stderr
    assert '\n  it = Store()\n  sid = it.create("a")\n  A: it.update(sid, a=1)\n' in told.stdout
    assert '\n  FIRST sid = it.create("a")\n' in told.stdout
    words = ("--first", 'sid = it.create("a")', "--task", "it.update(sid, a=1)", "--task", "it.update(sid, b=2)")
    line = next(each for each in told.stdout.splitlines() if each.startswith("Replay it: "))
    assert "--first 'sid = it.create(\"a\")'" in line
    again = command("sample.py:Store", *words, "--then", "it.get(sid)", folder=tmp_path)
    assert (again.returncode, "found: lost update" in again.stdout) == (3, True), again.stdout


@pytest.mark.parametrize(
    ("first", "code", "said"),
    [
        ("", 2, "--first is empty"),
        ("sid = it.creat(1)", 2, "A Store has no 'creat'. Did you mean create?"),
        ("it = 1", 2, "`it` is the object"),
        ("sid = 1 +", 2, "is not Python"),
        ("sid = other = it.create(1)", 2, "sid = other = it.create(1): other calls would not know 'sid'"),
        ("sid, other = it.create(1), 2", 2, "write pair = it.open(), and then pair[0]"),
        ("(sid := it.create(1))", 2, "other calls would not know 'sid'"),
        ("sid = it.get('nobody')['user']", 4, "before any thread begins"),
    ],
)
def test_what_comes_first_is_refused_in_a_sentence(first: str, code: int, said: str, tmp_path: Path) -> None:
    """A mistake in it is told before anything is explored."""
    saved(tmp_path, STORE)
    tasks = ("--task", "len(it)", "--task", "it.get(sid)") if "sid" in first else ("--task", "len(it)") * 2
    told = command("sample.py:Store", "--first", first, *tasks, folder=tmp_path)
    assert (told.returncode, said in told.stdout + told.stderr) == (code, True), told.stdout + told.stderr


def test_a_name_that_only_its_own_call_uses_may_be_assigned_in_any_way(tmp_path: Path) -> None:
    """The same word in another call is another name."""
    tasks = (("len(number := [it.get(sid)])",), ("len([number for number in it.get(sid)])",))
    given = Given(first=('sid = it.create("a")',), tasks=tasks, then=())
    report = graded(saved(tmp_path, STORE), given=given)
    assert (report.verdict, report.reasons) == (NONE, {})


@pytest.mark.stress
def test_real_threads_begin_with_it(tmp_path: Path) -> None:
    """Each round has handles of its own."""
    saved(tmp_path, STORE)
    words: tuple[Any, ...] = ("--first", 'sid = it.create("a")', "--then", "it.get(sid)", "--stress", "--seconds", 3)
    tasks = ("--task", "it.update(sid, a=1)", "--task", "it.update(sid, b=2)")
    assert "Seen in" in command("sample.py:Store", *words, *tasks, folder=tmp_path).stdout
    saved(tmp_path, locked(STORE))
    assert "Not seen in" in command("sample.py:Store", *words, *tasks, folder=tmp_path).stdout
