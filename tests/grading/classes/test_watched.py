"""What is at the places of a finding: each change is told once, from what was there when it was looked at last."""

from __future__ import annotations

from types import SimpleNamespace

from racelab.grading.classes.object_paths import ObjectPaths
from racelab.grading.classes.watched import MOST, Watched


def test_a_place_that_is_watched_again_has_not_changed_by_that() -> None:
    """Every touch begins to watch its place; what has come in between is still told."""
    holder = SimpleNamespace(n=0)
    watched = Watched(ObjectPaths(lambda: [("self", holder)]))
    watched.watch("self.n", "self", "n")
    holder.n = 1
    watched.watch("self.n", "self", "n")
    assert list(watched.changed()) == [("self.n", "0", "1")]
    assert list(watched.changed()) == []


def test_a_variable_that_has_gone_has_not_changed() -> None:
    """It cannot be said what is there."""
    roots: list[tuple[str, object]] = [("x", SimpleNamespace(n=0))]
    watched = Watched(ObjectPaths(lambda: roots))
    watched.watch("x.n", "x", "n")
    roots.clear()
    assert list(watched.changed()) == []


def test_only_so_many_places_are_watched() -> None:
    """All of them are looked at after each change."""
    holder = SimpleNamespace(**{f"a{number}": 0 for number in range(MOST + 20)})
    watched = Watched(ObjectPaths(lambda: [("self", holder)]))
    for name in list(vars(holder)):
        watched.watch(f"self.{name}", "self", name)
        setattr(holder, name, 1)
    assert len(list(watched.changed())) == MOST
