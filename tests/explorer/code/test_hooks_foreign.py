"""What code touches of which nothing is known, and what leaves a gap or ends the verdict."""

from __future__ import annotations

import pytest

from racelab.explorer.code.sites import SITES
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.places import Places
from tests.explorer.code.foreign_code import FOREIGN
from tests.explorer.code.recorded import module, record, touched

LOOK, SET, BOTH, CHANGE = "read", "write", "both", "change"
ALL = "*"


@pytest.mark.parametrize(
    ("statement", "make"),
    [
        ("f()", "keeping"),
        ("sorted([1, 2], key=f)", "keeping"),
        ("heapq.nlargest(1, [1, 2], key=f)", "keeping"),
        ("list(map(f, [1]))", "keeping"),
        ("functools.partial(f)()", "keeping"),
        ("next(f)", "giving"),
        ("list(f)", "giving"),
        ("for x in f: break", "giving"),
    ],
)
def test_what_foreign_code_keeps_is_reached_without_being_given(statement: str, make: str) -> None:
    """The closure of a function and the variables of a generator lead to what they hold."""
    it = [1]
    recorded = touched("import functools, heapq\n" + statement, f=FOREIGN[make](it))
    assert ("*", BOTH) in recorded.of(it)


def test_a_function_that_only_looks_generated_may_do_anything() -> None:
    """What `exec` makes has the file of what a dataclass makes, and not its names."""
    space = module("class Nothing:\n    pass")
    exec("def sneaky(values):\n    values.append(1)", space)
    it: list[int] = []
    assert ("*", BOTH) in touched("f(it)", f=space["sneaky"], it=it).of(it)


def test_operators_of_foreign_classes_leave_a_gap_where_they_race() -> None:
    """Their methods are Python code that is not rewritten."""
    source = "def run(it):\n    {}"
    places = Places()
    places.racy |= set(range(len(SITES) + 1_000))
    for statement in ("it == 1", "it[0]", "bool(it)", "len(it)", "it.method()", "str(it) and hash(it)"):
        places.gaps.clear()
        run = module(source.format(statement))["run"]
        record(lambda run=run: run(FOREIGN["Kind"]([1])), places)  # type: ignore[misc]
        assert places.gaps, statement


def test_code_that_is_not_rewritten_is_counted() -> None:
    """Foreign calls are told by their names; a pass says what they were taken to do."""
    recorded = touched("touch([])", touch=FOREIGN["touch"])
    assert recorded.places.opaque == {"touch": 1}
    assert not touched("len([])\n[].append(1)\n'a'.upper()").places.opaque


def test_python_that_could_be_interrupted_leaves_a_gap_where_it_races() -> None:
    """Only at a racy place: what one task alone touches may be done at one instant."""
    it = [1]
    source = "def run(it):\n    return touch(it)"
    run = module(source, touch=FOREIGN["touch"])["run"]
    places = Places()
    assert not record(lambda: run(it), places).places.gaps
    places.racy |= set(range(len(SITES) + 1_000))
    assert [gap for gap in record(lambda: run(it), places).places.gaps if gap.startswith("touch is not rewritten")]
    places.gaps.clear()
    run = module("def run(it):\n    return it.copy()")["run"]
    assert not record(lambda: run(it), places).places.gaps


def test_too_much_to_reach_ends_the_exploration() -> None:
    """What a foreign call could touch is bounded."""
    many = [[] for _ in range(3_000)]  # type: ignore[var-annotated]
    with pytest.raises(CannotDecide, match="can reach more than"):
        touched("touch(it)", it=many, touch=FOREIGN["touch"])


@pytest.mark.parametrize(
    "statement",
    [
        "e = eval\ne('1')",
        "g = globals\ng()",
        "sys._getframe()",
        "f = locals\nf()",
        "v = vars\nv()",
        "os.urandom(1)",
        "sys.getrefcount(1)",
    ],
)
def test_what_sees_the_explorer_ends_the_verdict(statement: str) -> None:
    """Frames, references and the real world are not what they would be."""
    assert touched("import os, sys\n" + statement).places.unfaithful


@pytest.mark.parametrize(
    ("statement", "gap"),
    [
        ("r = weakref.ref(it)\nr()", "weak reference"),
        ("weakref.ref(it, print)", "weak reference"),
        ("d = weakref.WeakValueDictionary()\nd['a'] = it", "vanish"),
        ("d = weakref.WeakSet()\nd.add(it)", "vanish"),
        ("Dies()", "__del__"),
    ],
)
def test_what_depends_on_when_objects_go_leaves_a_gap(statement: str, gap: str) -> None:
    """That an object goes is no access, and no switch is explored there."""
    space = module("class Dies:\n    def __del__(self):\n        pass\nclass Stays:\n    pass")
    recorded = touched("import weakref\n" + statement, it=space["Stays"](), Dies=space["Dies"])
    assert [one for one in recorded.places.gaps if gap in one]
    assert not touched("Stays()", Stays=space["Stays"]).places.gaps


def test_values_that_never_change_are_not_touched() -> None:
    """Dates, numbers, enumerations and named tuples are not shared places."""
    source = """
        import datetime, decimal, enum, uuid
        from collections import namedtuple
        Pair = namedtuple("Pair", "a b")
        class Color(enum.Enum):
            RED = 1
        def run(day, two):
            day.isoformat(); day + datetime.timedelta(1); day < day; str(day)
            two * 2; two.quantize(two); round(two)
            Color(1) is Color.RED
            p = Pair(1, 2); p.a; p._replace(b=3); p == p; a, b = p
            "a".join("bc"); b"a".hex()
        """
    datetime, decimal = __import__("datetime"), __import__("decimal")
    space = module(source)
    recorded = record(lambda: space["run"](datetime.date(2026, 1, 1), decimal.Decimal(2)))
    assert {access for _, _, access in recorded.marks} <= {LOOK}
    assert not recorded.places.opaque
    assert not recorded.places.gaps


def test_the_identity_of_an_object_is_the_same_in_every_execution() -> None:
    """`id` gives what does not depend on addresses, and tells objects apart."""
    body = "one, other = [], []\n    return id(one), id(other), id(one) == id(one), id(run)"
    run = module(f"def run():\n    {body}")["run"]
    places = Places()
    first, second = record(run, places).value, record(run, places).value
    assert first == second
    assert first[0] != first[1]
    assert first[2]
