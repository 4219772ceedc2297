"""Apps with sessions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from session_manager.web import session
from tests.web_sessions.sites import Site

pytest.register_assert_rewrite("tests.web_sessions.races")


@pytest.fixture
def site() -> Iterator[Site]:
    """An app whose sessions are in memory."""
    made = Site()
    yield made
    made.store.stop()


@pytest.fixture
def client(site: Site) -> FlaskClient:
    """A browser."""
    return site.browser()


@pytest.fixture
def known(site: Site, client: FlaskClient) -> FlaskClient:
    """A browser with a session of three keys."""

    def view() -> None:
        session.update(n=1, cart=[1], word="x")

    site.visit(client, view)
    return client
