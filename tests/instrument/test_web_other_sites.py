"""Who may change anything: the lab's own pages and programs, under this computer's names, and no other site."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from racelab.web.serving.hosts import Hosts
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


OTHER_READS: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]


def test_another_site_may_link_and_read_nothing(world: World) -> None:
    """A read of another site gets 403 and counts no access; a followed link, a program and our page are answered."""
    session = world.login("fixed")
    before = world.lab.variants["fixed"].ledger.begun
    with Cases() as cases:
        for path, headers in product(["/lab/poll?viewer=x", f"/fixed/api/session/{session}", "/"], OTHER_READS):
            with cases.case(path, headers):
                assert world.client.get(path, headers=headers).status_code == 403
        assert world.lab.variants["fixed"].ledger.begun == before
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        for headers in (link, {}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
            with cases.case(headers):
                answer = world.client.get("/", headers=headers)
                assert answer.status_code == 200
                assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


HOSTS_OF_OTHERS = (
    *("evil.example", "evil.example:8000", "localhost.evil.example", "10.1.2.3", "[::2]", "127.0.0.1.nip.io"),
    *("localhost:", "localhost:x", "localhost@evil.example", "[::1", "::1", "", "lab.example.org."),
)


def test_a_host_that_is_not_ours_is_refused(lived_in: World) -> None:
    """A foreign Host gets 400, for GET and POST: a rebound name reaches nothing."""
    before = state(lived_in)
    with Cases() as cases:
        for host, accept in product(HOSTS_OF_OTHERS, ("*/*", "text/html")):
            headers = {"Host": host, "Accept": accept}
            for path in ("/", "/lab/status", "/nowhere"):
                with cases.case(host, accept, path):
                    answer = lived_in.client.get(path, headers=headers)
                    assert (answer.status_code, state(lived_in)) == (400, before)
            for extra in ({}, {"Origin": f"http://{host}"}):
                with cases.case(host, accept, extra):
                    answer = lived_in.client.post("/lab/dials", json={"window_ms": 1}, headers={**headers, **extra})
                    assert (answer.status_code, state(lived_in)) == (400, before)


def test_this_computers_names_are_ours(make_world: Callable[..., World]) -> None:
    """The names and addresses of this computer are allowed as Host, whatever the port, and those that were given."""
    world = make_world(HOSTS="lab.example.org, Other.example")
    own = (
        "localhost",
        "LOCALHOST:8000",
        "127.0.0.1:8000",
        "127.0.0.2",
        "[::1]:8000",
        "lab.example.org",
        "other.example:1",
    )
    with Cases() as cases:
        for host in own:
            with cases.case(host):
                assert world.client.get("/", headers={"Host": host}).status_code == 200
                answer = send(world, "/lab/dials", "{}", Host=host, Origin=f"http://{host}")
                assert answer.status_code == 200
    for wrong in ("a b", ["lab", 7], 7, "http://lab"):
        with pytest.raises(ValueError, match="HOSTS"):
            make_world(HOSTS=wrong)


def test_other_computers_may_use_an_address_and_no_name() -> None:
    """Where other computers are let in, they may ask for any address: a name could be another site's."""
    hosts = Hosts(["lab.example.org"], remote=True)
    assert [hosts.allows(host) for host in ("10.1.2.3:8000", "[fe80::1]", "lab.example.org")] == [True] * 3
    assert not any(map(hosts.allows, ("evil.example", "lab.example.com", "")))


def test_a_proxy_that_drops_the_port_is_told_what_to_change(world: World) -> None:
    """`Host $host` works where the browser says same-origin; elsewhere the answer names both hosts and the way out."""
    through = {"Host": "localhost", "Origin": "http://localhost:8301"}
    assert send(world, "/lab/dials", "{}", **through, **{"Sec-Fetch-Site": "same-origin"}).status_code == 200
    told = send(world, "/lab/dials", "{}", **through)
    assert told.status_code == 403
    for part in ("http://localhost:8301", "the request is for localhost", "RACELAB_PROXIES", "Host $http_host"):
        assert part in told.get_json()["detail"]


FORWARDED = {"X-Forwarded-For": "10.0.0.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "lab.example.org:8443",
             "X-Forwarded-Prefix": "/below", "Origin": "https://lab.example.org:8443"}  # fmt: skip


def test_proxies_are_believed_only_if_there_are_any(make_world: Callable[..., World]) -> None:
    """With PROXIES host, scheme and prefix are the proxy's; without it the headers are ignored."""
    behind = make_world(PROXIES=1, HOSTS="lab.example.org")
    assert send(behind, "/lab/dials", "{}", **FORWARDED).status_code == 200
    page = behind.client.get("/", headers=FORWARDED).text
    assert "/below/static/" in page
    alone = make_world(HOSTS="lab.example.org")
    assert send(alone, "/lab/dials", "{}", **FORWARDED).status_code == 403
    assert "/below/" not in alone.client.get("/", headers=FORWARDED).text
    for wrong in (-1, True, "two", 9):
        with pytest.raises(ValueError, match="PROXIES"):
            make_world(PROXIES=wrong)
