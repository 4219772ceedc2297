"""The three lines of docs/migrate.md, changed in a copy of a shop as its users wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask_session.defaults import Defaults

from tests.engines import RedisServer
from tests.pages import blocks
from tests.web_sessions.moving import IN_FILES, IN_THE_COOKIE, ON_REDIS, PAGE, copied, hunks, moved, run_tests

MOVES = [
    pytest.param("app_redis.py", ON_REDIS, id="redis"),
    pytest.param("app_files.py", IN_FILES, id="files"),
    pytest.param("app_cookie.py", IN_THE_COOKIE, id="cookie"),
]
LINES = 3


@pytest.mark.commands
@pytest.mark.parametrize(("app", "number"), MOVES)
def test_the_tests_of_an_app_pass_before_and_after(
    app: str, number: int, tmp_path: Path, redis_server: RedisServer
) -> None:
    """After the three lines of the page the tests of the shop pass as they are, as many as before."""
    file, diff = copied(tmp_path, app), blocks(PAGE, "diff")[number]
    before = run_tests(tmp_path, "shop_tests.py", REDIS_URL=redis_server.url)
    assert before[0] > 15
    assert before[1] == 0
    file.write_text(moved(file.read_text(), diff))
    assert "flask_session" not in file.read_text()
    assert "SESSION_STORE" in file.read_text()
    assert run_tests(tmp_path, "shop_tests.py", REDIS_URL=redis_server.url) == before
    redis_server.client().flushdb()


@pytest.mark.commands
@pytest.mark.parametrize(("app", "number"), MOVES)
def test_two_tabs_lose_something_before_and_nothing_after(
    app: str, number: int, tmp_path: Path, redis_server: RedisServer
) -> None:
    """Before the move a purchase is lost and a logout undone, each time; after the three lines neither is."""
    file = copied(tmp_path, app)
    assert run_tests(tmp_path, "race_tests.py", REDIS_URL=redis_server.url) == (0, 2)
    file.write_text(moved(file.read_text(), blocks(PAGE, "diff")[number]))
    assert run_tests(tmp_path, "race_tests.py", REDIS_URL=redis_server.url) == (2, 0)
    redis_server.client().flushdb()


@pytest.mark.parametrize("number", [ON_REDIS, IN_FILES, IN_THE_COOKIE])
def test_three_lines_are_three(number: int) -> None:
    """Each change of the page takes out three lines, or adds three."""
    changed = hunks(blocks(PAGE, "diff")[number])
    out, new = (sum(len(hunk[side]) for hunk in changed) for side in (0, 1))
    assert (out or new) == LINES


@pytest.mark.parametrize("source", ["", "app.config['a'] = 1", "    old = 1\n" * 2])
def test_a_line_that_is_not_there_once_is_an_error(source: str) -> None:
    """A change of the page that does not fit the app is noticed, and not left out."""
    assert moved("    old = 1\n", "-old = 1\n+new = 2") == "    new = 2\n"
    with pytest.raises(AssertionError):
        moved(source, "-old = 1\n+new = 2")


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


def test_every_setting_of_flask_session_is_named() -> None:
    """The page says of each setting of Flask-Session what becomes of it."""
    named = {each.rstrip("*") for each in re.findall(r"`(SESSION_[A-Z_]+\*?)`", PAGE.read_text(encoding="utf-8"))}
    theirs = [name for name in vars(Defaults) if name.startswith("SESSION_")]
    assert len(theirs) > 15
    assert not [name for name in theirs if not any(name == each or name.startswith(each) for each in named)]
