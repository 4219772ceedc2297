"""Apps with sessions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.web_sessions.sites import Site


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
