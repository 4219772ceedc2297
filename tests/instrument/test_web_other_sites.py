"""Who may change anything: the lab's own pages and programs, under this computer's names, and no other site."""

from __future__ import annotations

from itertools import product

from tests.instrument.labs import World
from tests.instrument.refusals import TELLING, refused, send, state
from tests.subject.cases import Cases

OTHER_SITES: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "http://evil.example"},
    {"Origin": "https://localhost.evil.example"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "localhost"},
    {"Origin": "http://["},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
]


def test_another_site_may_change_nothing(lived_in: World) -> None:
    """A request that the browser says comes from another site gets 403."""
    before = state(lived_in)
    with Cases() as cases:
        for path, headers in product([*TELLING, "/api/login", "/buggy/api/login"], OTHER_SITES):
            with cases.case(path, headers):
                answer = send(lived_in, path, '{"username": "a", "password": "b"}', **headers)
                refused(lived_in, answer, 403, before)


def test_our_own_page_and_programs_may(world: World) -> None:
    """A request without these headers, as curl's, or with our own site's is obeyed."""
    own: list[dict[str, str]] = [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    ]
    with Cases() as cases:
        for window_ms, headers in enumerate(own, 1):
            with cases.case(headers):
                answer = send(world, "/lab/dials", f'{{"window_ms": {window_ms}}}', **headers)
                assert (answer.status_code, answer.get_json()["window_ms"]) == (200, window_ms)


def test_another_site_may_look(world: World) -> None:
    """Another site may send a GET; the answer forbids browsers to show it there."""
    answer = world.client.get("/lab/status", headers={"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"})
    assert answer.status_code == 200
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_host_that_is_not_ours_is_refused(lived_in: World) -> None:
    """A foreign Host gets 400, for GET and POST: a rebound name reaches nothing."""
    before = state(lived_in)
    hosts = ("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.2", "[::2]")
    with Cases() as cases:
        for host, accept in product(hosts, ("*/*", "text/html")):
            headers = {"Host": host, "Accept": accept}
            for path in ("/", "/lab/status", "/nowhere"):
                with cases.case(host, accept, path):
                    refused(lived_in, lived_in.client.get(path, headers=headers), 400, before)
            for extra in ({}, {"Origin": f"http://{host}"}):
                with cases.case(host, accept, extra):
                    answer = lived_in.client.post("/lab/dials", json={"window_ms": 1}, headers={**headers, **extra})
                    refused(lived_in, answer, 400, before)


def test_this_computers_names_are_ours(world: World) -> None:
    """The names of this computer are allowed as Host, whatever the port."""
    with Cases() as cases:
        for host in ("localhost", "localhost:8000", "127.0.0.1:8000"):
            with cases.case(host):
                assert world.client.get("/", headers={"Host": host}).status_code == 200
                answer = send(world, "/lab/dials", "{}", Host=host, Origin=f"http://{host}")
                assert answer.status_code == 200
