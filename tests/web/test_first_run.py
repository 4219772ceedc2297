"""Where the first run is offered: where a manager that is served can lose an update."""

from __future__ import annotations

from tests.instrument.labs import World


def page_of(*names: str) -> str:
    """The page of a lab of these managers."""
    world = World({"SESSION_MANAGER_VARIANTS": list(names), "SESSION_MANAGER_DEFAULT": names[0]})
    return world.client.get("/").get_data(as_text=True)


def test_it_watches_the_manager_that_loses_beside_one_that_does_not() -> None:
    """In whatever order they are served."""
    for names in (("buggy", "fixed"), ("fixed", "buggy")):
        page = page_of(*names)
        assert 'data-buggy="buggy" data-fixed="fixed"' in page
        assert "guide-again" in page


def test_where_none_of_them_loses_an_update_it_is_not_offered() -> None:
    """It would promise a loss that never comes."""
    page = page_of("fixed")
    assert 'id="guide"' not in page
    assert "guide-again" not in page
    assert 'id="verdict"' in page
