"""Pages, files and what they ask for are compressed for whoever accepts it; what is measured never is."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app import create_app

FILE = "/static/vendor/uplot/uPlot.iife.min.js"
PATHS = ("/", "/replay", "/fixes", "/stores", "/grade", FILE, "/static/css/base.css", "/lab/poll", "/lab/verdict")
OPENED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "deflate": zlib.decompress}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """Of an app in memory, without a thread."""
    return create_app({"TESTING": True, "SESSION_MANAGER_DATABASE": "memory://"}).test_client()


@pytest.mark.parametrize("path", PATHS)
def test_the_same_comes_out_of_less(path: str, client: FlaskClient) -> None:
    """For a browser on this computer, which accepts gzip and deflate; others get it as it is."""
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip, deflate"})
    assert plain.status_code == packed.status_code == 200
    assert "Content-Encoding" not in plain.headers
    opened = OPENED[packed.headers["Content-Encoding"]](packed.data)
    assert len(packed.data) < len(plain.data)
    if path not in ("/lab/poll", "/lab/verdict"):  # the time goes on
        assert opened == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_file_that_the_browser_has_is_not_sent_again(client: FlaskClient) -> None:
    """Also a compressed one."""
    accepts = {"Accept-Encoding": "gzip, deflate"}
    tag = client.get(FILE, headers=accepts).headers["ETag"]
    again = client.get(FILE, headers={**accepts, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_what_is_measured_is_answered_as_it_is(client: FlaskClient) -> None:
    """A manager's answer, however long, has no header more than before."""
    accepts = {"Accept-Encoding": "gzip, deflate"}
    login = client.post("/buggy/api/login", json={"username": "ada", "password": "lab"}, headers=accepts)
    session = f"/buggy/api/session/{login.get_json()['session_id']}"
    for number in range(3):
        told = client.put(f"{session}/prefs", json={"key": f"k{number}", "value": "v" * 900}, headers=accepts)
    read = client.get(session, headers=accepts)
    for answer in (told, read):
        assert answer.status_code == 200, answer.data
        assert "Content-Encoding" not in answer.headers
        assert "Accept-Encoding" not in answer.headers.get("Vary", "")
    assert len(read.data) > 2_000
