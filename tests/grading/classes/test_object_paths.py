"""What objects are called: by the shortest way to them, whatever moves."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from racelab.grading.classes.object_paths import MOST_ITEMS, ObjectPaths, Unknown, location


def caching() -> tuple[dict[str, int], Callable[[object], object]]:
    """A function with a cache of its own, and a variable that is never set."""
    cache: dict[str, int] = {}

    def get(_: object) -> object:
        return cache, late

    if cache:
        late = 1
    return cache, get


@pytest.mark.parametrize("of_class", [True, False])
def test_what_a_function_encloses_is_called_as_in_it(of_class: bool) -> None:
    """The cache of a decorator has no other name."""
    cache, get = caching()
    root = type("Held", (), {"get": get}) if of_class else SimpleNamespace(get=get)
    paths = ObjectPaths(lambda: [("root", root)])
    assert location(paths.of(cache), cache, "a", whole=False) == "cache['a']"


def test_an_object_keeps_the_name_that_it_was_found_under() -> None:
    """It may move, and a reader follows one name."""
    holder = SimpleNamespace(old=[1])
    paths = ObjectPaths(lambda: [("self", holder)])
    holder.new = holder.old
    del holder.old
    paths.refresh()
    assert paths.of(holder.new) == "self.old"
    assert paths.elsewhere(holder.new) == "self.new"


def test_a_variable_is_no_place_that_an_object_has_moved_to() -> None:
    """Whoever still works with an old object has it in one."""
    holder, old = SimpleNamespace(items=[]), SimpleNamespace(n=0)
    paths = ObjectPaths(lambda: [("self", holder), ("node", old)])
    assert paths.elsewhere(old) == ""
    holder.items.append(old)
    assert paths.elsewhere(old) == "self.items[0]"


def test_it_is_not_said_what_is_gone_of_more_items_than_are_named() -> None:
    """It may be one of the others."""
    holder = SimpleNamespace(items={"k": []})
    paths = ObjectPaths(lambda: [("self", holder)])
    assert paths.now("self.items['k']") == [[]]
    holder.items = {**{str(number): [] for number in range(MOST_ITEMS)}, **holder.items}
    with pytest.raises(Unknown):
        paths.now("self.items['k']")
