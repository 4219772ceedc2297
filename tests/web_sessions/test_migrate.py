"""What docs/migrate.md says is so: the lines that it names are changed in a copy of a shop, and its code is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_session
import pytest
import redis
from flask import Flask, session
from flask.testing import FlaskClient
from flask_session.defaults import Defaults

from session_manager.web import Session, list_sessions
from tests.engines import RedisServer
from tests.pages import ROOT, blocks

PAGE = ROOT / "docs" / "migrate.md"
SAMPLE = Path(__file__).parent / "sample"
ON_REDIS, IN_FILES, IN_THE_COOKIE = range(3)
MOVES = [
    pytest.param("app_redis.py", ON_REDIS, id="redis"),
    pytest.param("app_files.py", IN_FILES, id="files"),
    pytest.param("app_cookie.py", IN_THE_COOKIE, id="cookie"),
]
LINES = 3
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


def hunks(diff: str) -> list[tuple[list[str], list[str]]]:
    """What a diff takes out and what it puts there."""
    found: list[tuple[list[str], list[str]]] = []
    for line in diff.splitlines():
        if not found or (line.startswith("-") and found[-1][1]):
            found.append(([], []))
        found[-1][line.startswith("+")].append(line[1:])
    return found


def moved(source: str, diff: str) -> str:
    """The source with exactly those lines changed; each that is taken out must be there once, whatever its indent."""
    lines = source.splitlines()
    for old, new in hunks(diff):
        if old:
            places = [at for at in range(len(lines)) if [each.strip() for each in lines[at : at + len(old)]] == old]
            assert len(places) == 1, f"{old} is there {len(places)} times"
            lines[places[0] : places[0] + len(old)] = _indented(new, lines[places[0]])
            continue
        for line in new:  # an import after Flask's, all else after the last setting
            begins = "from flask " if line.startswith("from ") else "app.config"
            at = max(at for at, each in enumerate(lines) if each.strip().startswith(begins))
            lines[at + 1 : at + 1] = _indented([line], lines[at])
    return "\n".join(lines) + "\n"


def _indented(lines: list[str], like: str) -> list[str]:
    space = like[: len(like) - len(like.lstrip())]
    return [space + line for line in lines]


def copied(folder: Path, app: str) -> Path:
    """A copy of the shop with one of its ways to make the app. Returns the file that makes it."""
    for name in ("shop.py", "shop_tests.py"):
        shutil.copy(SAMPLE / name, folder / name)
    return Path(shutil.copy(SAMPLE / app, folder / "app.py"))


def run_tests(folder: Path, file: str, **environment: str) -> tuple[int, int]:
    """Run tests as the shop's developers do. How many have passed, and how many not."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:locust", file],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    ended = done.stdout.splitlines()[-1]
    assert done.returncode in (0, 1), done.stdout + done.stderr
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", ended)}
    assert counts.get("failed", 0) == done.returncode or counts, ended
    return counts.get("passed", 0), counts.get("failed", 0) + counts.get("error", 0)


@pytest.fixture
def redis_url(redis_server: RedisServer) -> Iterator[str]:
    """A Redis that is empty at the end."""
    yield redis_server.url
    redis_server.client().flushdb()


@pytest.mark.commands
@pytest.mark.parametrize(("app", "number"), MOVES)
def test_the_tests_of_an_app_pass_before_and_after(app: str, number: int, tmp_path: Path, redis_url: str) -> None:
    """After the three lines of the page the tests of the shop pass as they are, as many as before."""
    file, diff = copied(tmp_path, app), blocks(PAGE, "diff")[number]
    before = run_tests(tmp_path, "shop_tests.py", REDIS_URL=redis_url)
    assert before[0] > 15
    assert before[1] == 0
    file.write_text(moved(file.read_text(), diff))
    assert "flask_session" not in file.read_text()
    assert "SESSION_STORE" in file.read_text()
    assert run_tests(tmp_path, "shop_tests.py", REDIS_URL=redis_url) == before


@pytest.mark.parametrize("number", [ON_REDIS, IN_FILES, IN_THE_COOKIE])
def test_three_lines_are_three(number: int) -> None:
    """Each change of the page takes out three lines, or adds three."""
    changed = hunks(blocks(PAGE, "diff")[number])
    out, new = (sum(len(hunk[side]) for hunk in changed) for side in (0, 1))
    assert (out or new) == LINES


@pytest.mark.commands
def test_the_tests_of_the_shop_notice_a_session_that_does_not_work(tmp_path: Path) -> None:
    """If the moved app forgets its sessions, its tests fail: they look at what they need."""
    file = copied(tmp_path, "app_files.py")
    changed = moved(file.read_text(), blocks(PAGE, "diff")[IN_FILES])
    forgetful = changed.replace(
        "    app.register_blueprint", "    app.before_request(lambda: session.clear())\n    app.register_blueprint"
    )
    file.write_text("from flask import session\n" + forgetful.replace("from __future__ import annotations", ""))
    assert run_tests(tmp_path, "shop_tests.py")[1] > 8


def block(words: str) -> str:
    """The code block of the page that has these words."""
    found = [each for each in blocks(PAGE, "python") if words in each]
    assert len(found) == 1
    return found[0]


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
    """The page's JavaScript sends a request again after a 409, three times in all, and no other again."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Install node: the JavaScript of docs/migrate.md was NOT tested.")
    (script,) = blocks(PAGE, "js")
    played = """
async function play(statuses) {
  let calls = 0;
  globalThis.fetch = async () => ({status: statuses[calls++]});
  const response = await send("/", {});
  return [response.status, calls];
}
(async () => {
  const all = [[200], [409, 200], [409, 409, 409, 200], [500, 200]];
  for (const statuses of all) console.log(JSON.stringify(await play(statuses)));
})();
"""
    done = subprocess.run([node, "-e", script + played], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[200,1]\n[200,2]\n[409,3]\n[500,1]"


def test_every_setting_of_flask_session_is_named() -> None:
    """The page says of each setting of Flask-Session what becomes of it."""
    named = {each.rstrip("*") for each in re.findall(r"`(SESSION_[A-Z_]+\*?)`", PAGE.read_text(encoding="utf-8"))}
    theirs = [name for name in vars(Defaults) if name.startswith("SESSION_")]
    assert len(theirs) > 15
    assert not [name for name in theirs if not any(name == each or name.startswith(each) for each in named)]
