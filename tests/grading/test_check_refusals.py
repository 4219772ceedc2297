"""Servers that are no such server: each gets a sentence that says what happened and what to do, and no verdict."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from racelab.bugs import Verdict
from racelab.grading.check import Settings, check
from racelab.grading.check.address import BadAddress, parsed
from tests.grading.plain import Faults, Request, plain

QUICK = Settings(clients=4, seconds=1, hold=2, columns=("keys",), patience=2.0)


def http(status: str, body: str = "", *headers: str) -> bytes:
    """An answer, as bytes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def always(answer: bytes) -> Callable[[Request], bytes | None]:
    """Whatever is asked."""
    return lambda _: answer


def posts(answer: bytes) -> Callable[[Request], bytes | None]:
    """To what would change something."""
    return lambda request: answer if request.method == "POST" else None


PAGE = http("200 OK", "<!doctype html><title>Shop</title>", "Content-Type: text/html")

NOT_SUCH_A_SERVER = {
    "404": (
        always(http("404 Not Found")),
        ["answered 404", "does not have the four routes under /race", "flask_routes.py"],
    ),
    "page": (always(PAGE), ["answered 200 with an HTML page", "express_routes.js"]),
    "json": (always(http("200 OK", '{"hello": 1}')), ["answered 200 with something else"]),
    "list": (always(http("200 OK", "[1, 2]")), ["answered 200 with something else"]),
    "login": (always(http("302 Found", "", "Location: /login?next=/race/read")), ["redirect to /login", "before any"]),
    "401": (always(http("401 Unauthorized")), ["answered 401", "login first"]),
    "500": (always(http("500 Oops")), ["answered 500", "log"]),
    "silent": (always(b""), ["GET /race/read", "connection broke"]),
    "not http": (always(b"220 mail.example ESMTP\r\n"), ["connection broke", "speaks HTTP"]),
    "csrf": (posts(http("403 Forbidden")), ["POST /race/set answered 403", "CSRF", "django_routes.py"]),
    "405": (posts(http("405 No")), ["POST /race/set answered 405", "not all there"]),
    "429": (posts(http("429 Slow down")), ["answered 429", "limit"]),
    "error page": (posts(PAGE), ["answered 200 with an HTML page"]),
    "to login": (posts(http("302 Found", "", "Location: /login")), ["answered 302 to /login"]),
    "503": (posts(http("503 Busy")), ["answered 503", "log"]),
    "huge": (always(http("200 OK", "x" * (2 << 20))), ["more than 1,048,576 bytes"]),
}


@pytest.mark.parametrize("name", NOT_SUCH_A_SERVER)
def test_another_server_gets_a_sentence(name: str) -> None:
    """It says what was answered and what to do, and the verdict is cannot tell."""
    instead, words = NOT_SUCH_A_SERVER[name]
    with plain(Faults(instead=instead)) as server:
        report = check(server.url, QUICK)
    assert report.verdict is Verdict.CANNOT_TELL
    assert [word for word in words if word not in report.sentence] == [], report.sentence
    assert [column.verdict for column in report.columns] == [Verdict.CANNOT_TELL]


def test_nobody_listening_is_said() -> None:
    """A refused connection, TLS to a plain server and an unknown name each have a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    assert "refused. Start the server first" in check(f"http://127.0.0.1:{free}", QUICK).sentence
    assert "name of the server is not known" in check("http://no-such-host.invalid", QUICK).sentence
    with plain() as server:
        assert "write http://" in check(server.url.replace("http:", "https:"), QUICK).sentence


SESSIONS_THAT_ARE_NONE = {
    "no cookie": (Faults(cookie=None), "sends no cookie"),
    "another domain": (Faults(cookie="; Domain=example.org"), "for the domain example.org"),
    "another path": (Faults(cookie="; Path=/shop"), "for another path"),
    "expires at once": (Faults(lifetime=0.0), "The session is not kept"),
    "loses serially": (Faults(doubles=50, calm=0), "count is 61"),
}


@pytest.mark.parametrize("name", SESSIONS_THAT_ARE_NONE)
def test_a_session_that_is_not_kept_gets_a_sentence(name: str) -> None:
    """A server that fails the serial controls is not accused of races."""
    faults, words = SESSIONS_THAT_ARE_NONE[name]
    with plain(faults) as server:
        report = check(server.url, QUICK)
    assert report.verdict is Verdict.CANNOT_TELL
    assert words in report.sentence


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http("200 OK", "{}"), "does not log out"),
        (http("302 Found", "", "Location: /"), "answered 302 to /. It must answer 200."),
        (http("404 Not Found"), "answered 404"),
    ],
    ids=["nothing", "302", "404"],
)
def test_a_logout_that_is_none_takes_the_logout_columns(answer: bytes, words: str) -> None:
    """A logout route that does nothing or answers otherwise is named, and the other columns are judged."""
    settings = Settings(4, 1, 2, ("keys", "logout_read"))
    with plain(Faults(instead=lambda request: answer if request.path == "/race/logout" else None)) as server:
        keys, logouts = check(server.url, settings).columns
    assert (keys.verdict, logouts.verdict) == (Verdict.AGREE, Verdict.CANNOT_TELL)
    assert words in logouts.sentence


def test_visitors_that_share_a_session_get_a_sentence() -> None:
    """A global variable in place of a session is named as that."""

    def shared(request: Request) -> bytes | None:
        if request.path == "/race/read" and request.number > 162:
            store = request.server.stores[0]
            for session in store.values():
                session.data = next(reversed(store.values())).data
        return None

    with plain(Faults(instead=shared)) as server:
        assert "share a session" in check(server.url, QUICK).sentence


@pytest.mark.parametrize(
    "url", ["", "localhost:5000", "ftp://x", "http://", "http://a:b@x", "http://x/?q=1", "http://x:0", "http://a b/"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """What names no server is refused with a sentence, and a server is not."""
    with pytest.raises(BadAddress, match="address"):
        check(url)
    assert parsed("http://127.0.0.1:5000/race").hostname == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "shown"),
    [("localhost:7000/race", "http://localhost:7000/race"), ("", "http://127.0.0.1:5000"), ("http:/x", "http://127.0")],
)
def test_a_refusal_shows_an_address_that_would_do(url: str, shown: str) -> None:
    """If only the scheme is missing, it is the same address with it."""
    with pytest.raises(BadAddress, match=f"like {shown}"):
        parsed(url)
