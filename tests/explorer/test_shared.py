"""What tasks share, and what a step changed in it, as values."""

from __future__ import annotations

from racelab.explorer.traces.shared import Change, Session, Shared, Thing, Where, changes
from racelab.explorer.traces.values import differences, freeze

ONE, TWO = (Session(name, 0, (), True) for name in ("s1", "s2"))


def test_rows_that_wait_for_cleanup_are_not_counted() -> None:
    """Nor are those of dead letters; without rows the store's count stands for them."""
    both = (ONE, TWO)
    assert Shared(both, both, active=2).counts() == (2, 2, 2)
    assert Shared((ONE,), both, active=1, queue=("s2",)).counts() == (1, 1, 1)
    assert Shared((ONE,), both, active=1, dead_letters=("s2",)).counts() == (1, 1, 1)
    assert Shared((ONE,), (), has_rows=False, active=1).counts() == (1, 1, 1)


def test_what_is_gone_is_a_change() -> None:
    """A session that left the store is told; one that stayed is not."""
    gone = Change(Thing(Where.STORE, "s2"), TWO, None)
    assert changes(Shared((ONE, TWO)), Shared((ONE,))) == (gone,)
    assert changes(Shared((ONE,)), Shared((ONE,))) == ()


def test_a_list_that_lost_its_first_item_differs_as_a_whole() -> None:
    """Its items have moved; one that lost or got its last item differs there."""
    for before, after, paths in (
        ([1, 2, 3], [2, 3], ["list"]),
        ([1, 2], [1, 2, 3], ["list[2]"]),
        ([1, 2, 3], [1, 2], ["list[2]"]),
        ([1, 2], [1, 3], ["list[1]"]),
    ):
        assert [one.path for one in differences("list", freeze(before), freeze(after))] == paths, (before, after)
