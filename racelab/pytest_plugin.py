"""The lab in tests of your own: `pytest_plugins = ["racelab.pytest_plugin"]` gives the fixture `lab_client`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from app import create_app

QUICK = {
    "TESTING": True,
    "SESSION_MANAGER_DATABASE": "memory://",
    "SESSION_MANAGER_DB_LATENCY": 0.0,
    "SESSION_MANAGER_CLEANUP_INTERVAL": 3600.0,
}


@pytest.fixture
def lab_client() -> Iterator[FlaskClient]:
    """A client of a lab of its own: in memory, without latency, and it cleans up only when it is told to.

    The lab begins at the first request and is stopped after the test. `lab_client.application` is the app, and
    `lab_client.application.extensions["racelab"]` the lab.
    """
    app = create_app(QUICK)
    yield app.test_client()
    app.extensions["racelab"].stop()
