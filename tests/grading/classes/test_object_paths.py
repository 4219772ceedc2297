"""What objects are called: by the shortest way to them, whatever moves."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from racelab.grading.classes.object_paths import ObjectPaths


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
    assert paths.location(cache, "a", whole=False) == "cache['a']"


def test_an_object_keeps_the_name_that_it_was_found_under() -> None:
    """It may move, and a reader follows one name."""
    holder = SimpleNamespace(old=[1])
    paths = ObjectPaths(lambda: [("self", holder)])
    holder.new = holder.old
    del holder.old
    paths.refresh()
    assert paths.of(holder.new) == "self.old"
