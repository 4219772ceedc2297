"""The code on docs/migrate.md is run as it stands there, and does what the page says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_session
import pytest
import redis
from flask import Flask, session
from flask.testing import FlaskClient

from session_manager.web import Session, list_sessions
from tests.engines import RedisServer
from tests.pages import blocks
from tests.web_sessions.moving import PAGE, block, copied, run_tests

WITH_FIXTURE = """
from flask import Flask
from session_manager.web import Session
from shop import shop

def create_app(config):
    app = Flask(__name__)
    app.config.update(config)
    Session(app)
    app.register_blueprint(shop)
    return app

# the fixture

def test_one(client):
    assert client.get("/").get_json()["basket"] == {}
    client.post("/basket/tea")
    assert client.get("/").get_json()["basket"] == {"tea": 1}

test_two = test_one
"""


@contextmanager
def app_with(words: str = "", url: str = "memory:", **names: Any) -> Iterator[Flask]:
    """An app with our sessions and a block of the page, that can set and show values."""
    app = plain()
    app.config["SESSION_STORE"] = url
    Session(app)
    if words:
        exec(compile(block(words), str(PAGE), "exec"), {"app": app, **names})
    try:
        yield app
    finally:
        Session.stop(app)


def plain() -> Flask:
    """An app without sessions yet."""
    app = Flask("moved")
    app.config["SECRET_KEY"] = "a secret of the tests"
    app.testing = True

    @app.post("/set/<key>/<value>")
    def put(key: str, value: str) -> str:
        session[key] = value
        return ""

    @app.get("/show")
    def show() -> dict[str, Any]:
        return {key: value for key, value in session.items() if key != "_permanent"}

    @app.post("/logout")
    def logout() -> str:
        session.clear()
        return ""

    return app


def shown(client: FlaskClient) -> Any:
    """What the client's session holds."""
    return client.get("/show").get_json()


def another(app: Flask, client: FlaskClient) -> FlaskClient:
    """A client of an app with the cookie of a client of another one."""
    other, cookie = app.test_client(), client.get_cookie("session")
    assert cookie is not None
    other.set_cookie("session", cookie.value)
    return other


@pytest.fixture
def redis_url(redis_server: RedisServer) -> Iterator[str]:
    """A Redis that is empty at the end."""
    yield redis_server.url
    redis_server.client().flushdb()


@pytest.fixture
def from_redis(redis_url: str) -> Iterator[FlaskClient]:
    """A browser with a session of Flask-Session on Redis."""
    before = plain()
    with redis.from_url(redis_url) as client:
        before.config.update(SESSION_TYPE="redis", SESSION_REDIS=client)
        flask_session.Session(before)
        browser = before.test_client()
        browser.post("/set/user/ann")
        yield browser


def test_an_old_session_is_brought_over_once(from_redis: FlaskClient, redis_url: str) -> None:
    """With the page's function a user of Flask-Session stays logged in, and is logged out for good after that."""
    with app_with("bring_an_old_session_over", redis_url) as app:
        browser = another(app, from_redis)
        late = another(app, from_redis)
        assert shown(browser) == {"user": "ann"}
        browser.post("/set/k/1")
        assert shown(browser) == {"user": "ann", "k": "1"}
        assert shown(late) == {}
        browser.post("/logout")
        assert shown(browser) == {}
    assert shown(from_redis) == {}


def test_an_old_session_in_pickle_is_not_read(redis_url: str, redis_server: RedisServer) -> None:
    """A session of Flask-Session before 0.7 is no error, and nothing of it is run."""
    old_id = "a" * 43
    redis_server.client().set(f"session:{old_id}", "\x80\x04}.")
    with app_with("bring_an_old_session_over", redis_url) as app:
        browser = app.test_client()
        browser.set_cookie("session", old_id)
        assert shown(browser) == {}


def test_otherwise_a_user_logs_in_once_more(from_redis: FlaskClient, redis_url: str) -> None:
    """Without it the old id is no session of ours, and Flask-Session's own data is not touched."""
    with app_with(url=redis_url) as app:
        browser = another(app, from_redis)
        assert shown(browser) == {}
        browser.post("/set/k/1")
        assert shown(browser) == {"k": "1"}
    assert shown(from_redis) == {"user": "ann"}


def test_an_old_cookie_is_brought_over() -> None:
    """With the page's function a user of Flask's cookie stays logged in, and a forged cookie has nothing."""
    before = plain()
    old = before.test_client()
    old.post("/set/user/ann")
    with app_with("bring_an_old_cookie_over") as app:
        browser = another(app, old)
        assert shown(browser) == {"user": "ann"}
        assert shown(browser) == {"user": "ann"}
        browser.post("/logout")
        assert shown(browser) == {}
        forged = app.test_client()
        forged.set_cookie("session", "eyJ1c2VyIjoiYm9iIn0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
        assert shown(forged) == {}
    with app_with() as app:
        assert shown(another(app, old)) == {}


def test_an_app_can_show_a_conflict_in_its_own_words() -> None:
    """With the page's handler and `commit` a late writer sees the app's sentence, and nothing is lost."""
    with app_with("another_request_was_faster") as app:
        faster: list[FlaskClient] = []

        @app.before_request
        def somebody_may_be_faster() -> None:
            session.get("basket")
            while faster:
                faster.pop().post("/tea")

        browser = app.test_client()
        assert browser.post("/tea").status_code == 302
        slow = another(app, browser)
        faster.append(another(app, browser))
        late = slow.post("/tea")
        assert late.status_code == 409
        assert "another tab" in late.text
        assert shown(browser) == {"basket": {"tea": 2}}


def test_a_login_and_a_new_password_are_as_the_page_says() -> None:
    """With the page's views a login changes the id, and a new password ends the other sessions of the user."""
    names: dict[str, Any] = {"check_password": lambda form: form["name"], "change_password": lambda form: None}
    with app_with("log_out_everywhere", **names) as app:
        browser, elsewhere = app.test_client(), app.test_client()
        browser.post("/set/k/1")
        before = browser.get_cookie("session")
        for each in (browser, elsewhere):
            each.post("/login", data={"name": "ann"})
        after = browser.get_cookie("session")
        assert before is not None
        assert after is not None
        assert before.value != after.value
        with app.app_context():
            assert len(list_sessions("ann")) == 2
        browser.post("/new-password")
        assert shown(browser) == {"user": "ann", "k": "1"}
        assert shown(elsewhere) == {}


@pytest.mark.commands
def test_the_fixture_of_the_page_gives_each_test_its_own_sessions(tmp_path: Path) -> None:
    """Two tests with the page's fixture see nothing of each other's sessions."""
    copied(tmp_path, "app_files.py").unlink()
    (tmp_path / "test_with_it.py").write_text(WITH_FIXTURE.replace("# the fixture", block("create_app({")))
    assert run_tests(tmp_path, "test_with_it.py") == (2, 0)


def test_the_script_of_the_page_tries_again(tmp_path: Path) -> None:
    """The page's JavaScript sends a request of a definite 409 again, three times in all, and no other."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Install node: the JavaScript of docs/migrate.md was NOT tested.")
    (script,) = blocks(PAGE, "js")
    played = """
async function play(statuses) {
  let calls = 0;
  globalThis.fetch = async () => {
    const status = Math.abs(statuses[calls]);  // below 0: not definite
    const body = {definite: statuses[calls++] > 0};
    return {status, clone: () => ({json: async () => body})};
  };
  const response = await send("/", {});
  return [response.status, calls];
}
(async () => {
  const all = [[200], [409, 200], [409, 409, 409, 200], [-409, 200], [500, 200]];
  for (const statuses of all) console.log(JSON.stringify(await play(statuses)));
})();
"""
    done = subprocess.run([node, "-e", script + played], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[200,1]\n[200,2]\n[409,3]\n[409,1]\n[500,1]"
