"""Each claim runs over each of our stores, and over the library that it was taken from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web_sessions.claims.sites import FLASK, FLASK_SESSION, OURS, Build, builder


@pytest.fixture(params=[FLASK, *OURS])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """Flask's own session, and each of our stores."""
    with builder(request.param, request, tmp_path) as build:
        yield build


@pytest.fixture(params=[*FLASK_SESSION, *OURS])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """Flask-Session, and each of our stores."""
    with builder(request.param, request, tmp_path) as build:
        yield build


@pytest.fixture(params=OURS)
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """Each of our stores."""
    with builder(request.param, request, tmp_path) as build:
        yield build


@pytest.fixture
def flask_own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """Flask's own session alone."""
    with builder(FLASK, request, tmp_path / "twin") as build:
        yield build


@pytest.fixture(params=FLASK_SESSION)
def flask_session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """Flask-Session alone."""
    with builder(request.param, request, tmp_path / "twin") as build:
        yield build
