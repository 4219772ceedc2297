"""Apps of one process that use one file: one after another, as tests make them, and at the same time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import session

from tests.web_sessions.sites import Site

OK, AWAY = 200, 503


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Nothing is collected by chance."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def a_site(folder: Path) -> Site:
    """An app that refers to itself, as most do by their hooks, so that it is not gone with its last name."""
    site = Site(SESSION_STORE=f"sqlite:///{folder}/sessions.db")
    site.app.extensions["itself"] = site.app
    return site


def answer(site: Site) -> int:
    """The status of a request that uses the session."""
    return site.visit(site.browser(), lambda: session.update(n=1)).status_code


def test_an_app_that_is_garbage_leaves_its_file_to_the_next(tmp_path: Path, no_collection: None) -> None:
    """Each of several apps, none of which was stopped, can use the file."""
    for _ in range(3):
        assert answer(a_site(tmp_path)) == OK


def test_an_app_in_use_keeps_its_file(tmp_path: Path, no_collection: None) -> None:
    """A second app at the same time gets 503, and the first goes on."""
    first = a_site(tmp_path)
    assert answer(first) == OK
    assert answer(a_site(tmp_path)) == AWAY
    assert answer(first) == OK
    first.store.stop()
