"""Several labs on one Redis, as a load sees them: one run, one verdict. No Locust, and no network but Redis's."""

from __future__ import annotations

import io
import os
import urllib.error
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest

from locustfiles import _lab, _labs
from locustfiles._judgement import Seen
from locustfiles._lab import LabClient, LabProblem, WrongUsage
from locustfiles._labs import Labs
from racelab.bugs import Verdict
from racelab.cli.terminal import environment_line
from racelab.promises.heard import Heard
from tests.instrument.labs import World
from tests.locust.heard import entered
from tests.workers import ON_REDIS

if TYPE_CHECKING:
    from tests.engines import RedisServer

DIALS = {"window_ms": 0.0, "fault_rate": 0.0, "db_latency_ms": 0.0, "cache_ttl_s": 3600.0}


class Net:
    """Labs by address, asked without a network.

    Args:
        redis: the URL of the engine.
    """

    def __init__(self, redis: str) -> None:
        self._redis = redis
        self.worlds: dict[str, World] = {}

    def add(self, name: str, prefix: str = "one", variants: list[str] = ON_REDIS) -> str:
        """Start a lab. Gives its address."""
        settings = {
            "VARIANTS": variants,
            "DEFAULT": variants[0],
            "REDIS": self._redis,
            "PREFIX": f"{prefix}{os.getpid()}",
        }
        url = f"http://{name}"
        self.worlds[url] = World({f"SESSION_MANAGER_{key}": value for key, value in settings.items()}).start()
        return url

    def fetch(self, url: str, body: Mapping[str, Any] | None = None, timeout: float = 5.0) -> Any:
        """As `racelab.server.fetch`."""
        scheme, _, name, path = url.split("/", 3)
        world = self.worlds.get(f"{scheme}//{name}")
        if world is None:
            raise ConnectionRefusedError("refused")
        answer = world.client.open(f"/{path}", method="GET" if body is None else "POST", json=body)
        if answer.status_code >= 400:
            raise urllib.error.HTTPError(url, answer.status_code, "", Message(), io.BytesIO(answer.data))
        return answer.get_json()

    def stop(self, url: str) -> None:
        """End a lab."""
        self.worlds.pop(url).lab.stop()


@pytest.fixture
def net(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    """Labs that are stopped at the end."""
    made = Net(redis_server.url)
    monkeypatch.setattr(_lab, "fetch", made.fetch)
    monkeypatch.setattr(_lab, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(_labs, "LOOK_AGAIN", 0.01)
    yield made
    for url in list(made.worlds):
        made.worlds[url].client.post("/lab/reset", json={})
        made.stop(url)


class Load:
    """Users of both managers who take the labs in turns."""

    def __init__(self, net: Net, *urls: str, keep_run: bool = False) -> None:
        self._net = net
        self._urls = urls
        self.labs = Labs(urls)
        self.begun = self.labs.begin(DIALS, keep_run)
        self.heard = {variant: Heard() for variant in self.begun.variants}
        self.sessions: dict[str, str] = {}

    def run(self) -> None:
        """A login and four saves to each manager."""
        for variant, heard in self.heard.items():
            at = [self._net.worlds[url] for url in self._urls]
            self.sessions[variant] = session_id = at[0].login(variant)
            entered(heard, "acknowledged", "create", session_id)
            for number in range(4):
                assert at[number % len(at)].save(session_id, f"k{number}", "v", variant).status_code == 200
                entered(heard, "acknowledged", "update", session_id, f"k{number}", "v")

    def verdict(self, incomplete: str = "") -> dict[str, Any]:
        """That of all labs."""
        return self.labs.settled_verdict(self.begun, self.heard, incomplete)

    def seen(self, variant: str, verdict: Mapping[str, Any]) -> Seen:
        """Of one manager, with the calls of all labs."""
        calls, back = self.labs.calls_since(self.begun), self.labs.read_back(variant, self.heard[variant])
        return Seen(
            variant, verdict["variants"][variant], self.heard[variant], calls[variant], back, not self.labs.lost
        )


def test_two_labs_have_one_verdict(net: Net) -> None:
    """What users heard of both is what is stored, and what both count together."""
    load = Load(net, net.add("a"), net.add("b"))
    load.run()
    told = load.verdict()
    assert told["settled"]
    for variant in ON_REDIS:
        result = told["variants"][variant]
        assert (result["verdict"], result["promised"], result["vanished"], result["surplus"]) == (
            Verdict.AGREE,
            4,
            0,
            0,
        )
        assert load.seen(variant, told).disagreements() == []
    load.labs.leave(load.begun)


def test_the_conditions_count_the_workers_of_all_labs(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two labs of two workers are four; threads that differ are not known."""
    urls = net.add("a"), net.add("b")
    for url in urls:
        monkeypatch.setattr(net.worlds[url].lab._deployment, "workers", lambda: [{}, {}])
    for other, line in ((4, "4 workers of 4 threads"), (8, "4 workers of an unknown number of threads")):
        monkeypatch.setattr(net.worlds[urls[1]].lab, "_threads", other)
        load = Load(net, *urls)
        assert line in environment_line(load.verdict()["environment"])
        load.labs.leave(load.begun)


def test_a_change_that_one_lab_overwrites_is_found(net: Net) -> None:
    """What another program does to a session behind the labs' backs is missing in the verdict of all."""
    load = Load(net, a := net.add("a"), net.add("b"))
    load.run()
    net.worlds[a].lab.sessions.subjects["redis-fixed"].update_session(load.sessions["redis-fixed"], "k1", "other")
    told = load.verdict()["variants"]
    assert (told["redis-fixed"]["verdict"], told["redis-fixed"]["vanished"]) == (Verdict.DISAGREE, 1)
    assert told["redis-buggy"]["verdict"] == Verdict.AGREE


def test_what_one_lab_did_for_another_client_is_a_disagreement(net: Net) -> None:
    """A call that no user of the load made shows in the sum of the labs' ledgers."""
    load = Load(net, net.add("a"), b := net.add("b"))
    load.run()
    net.worlds[b].login("redis-fixed")
    assert "login: the users heard 1 acknowledged, the server acknowledged 2" in str(
        load.seen("redis-fixed", load.verdict()).disagreements()
    )


def test_each_lab_begins_a_run_on_an_empty_store(net: Net) -> None:
    """Sessions of before are gone for all; with --keep-run they stay, and are nobody's surplus."""
    a, b = net.add("a"), net.add("b")
    old = net.worlds[b].login("redis-fixed")
    net.worlds[a].save(old, "k", "v", "redis-fixed")
    kept = Load(net, a, b, keep_run=True)
    kept.run()
    told = kept.verdict()["variants"]["redis-fixed"]
    assert (told["verdict"], told["surplus"], told["counts"]["should_be"]) == (Verdict.AGREE, 0, [3, 3])
    kept.labs.leave(kept.begun)
    load = Load(net, a, b)
    assert [net.worlds[url].lab.sessions.subjects["redis-fixed"].peek(old) for url in (a, b)] == [None, None]
    assert all(not calls for calls in load.labs.calls_since(load.begun).values())
    assert load.verdict()["variants"]["redis-fixed"]["counts"]["should_be"] == [0, 0]


def test_labs_with_stores_of_their_own_are_refused(net: Net) -> None:
    """A split brain over servers is refused by name, before anything is emptied."""
    a, b = net.add("a"), net.add("b", prefix="two")
    mine = {url: net.worlds[url].login("redis-fixed") for url in (a, b)}
    with pytest.raises(WrongUsage, match=r"http://b does not have the redis-buggy session that http://a has opened"):
        Labs([a, b]).begin(DIALS, keep_run=False)
    for url, session_id in mine.items():
        assert net.worlds[url].lab.sessions.subjects["redis-fixed"].peek(session_id) is not None
        assert net.worlds[url].lab.status()["outside"] is None


def test_a_load_that_is_not_given_all_labs_is_refused_when_it_begins(net: Net) -> None:
    """The sentence names --also, and nothing is emptied; other sessions do not count."""
    a, b, c = net.add("a"), net.add("b"), net.add("c", prefix="two")
    mine = net.worlds[a].login("redis-fixed")

    def look() -> None:
        for world in net.worlds.values():
            world.lab._neighbours._look()

    look()
    with pytest.raises(LabProblem, match=r"Another lab serves .* redis-buggy and redis-fixed as http://a, .* --also"):
        LabClient(a).begin(DIALS, keep_run=False)
    d = net.add("d")
    look()
    with pytest.raises(LabProblem, match=r"A further lab serves the same sessions of redis-fixed as http://a,"):
        Labs([a, b]).begin(DIALS, keep_run=False, variant="redis-fixed")
    assert net.worlds[a].lab.sessions.subjects["redis-fixed"].peek(mine) is not None
    assert all(world.lab.status()["outside"] is None for world in net.worlds.values())
    for labs in (LabClient(c), Labs([a, b, d])):
        labs.leave(labs.begin(DIALS, keep_run=False))


def test_labs_that_do_not_fit_are_refused_by_name(net: Net) -> None:
    """Other managers, one server twice, or no server: the sentence has the address."""
    a, b = net.add("a"), net.add("b", variants=["redis-fixed"])
    with pytest.raises(WrongUsage, match="http://a serves redis-buggy, redis-fixed, and http://b serves redis-fixed"):
        Labs([a, b]).begin(DIALS, keep_run=False)
    with pytest.raises(WrongUsage, match="http://b has no manager 'redis-buggy'"):
        Labs([a, b]).begin(DIALS, keep_run=False, variant="redis-buggy")
    with pytest.raises(WrongUsage, match="http://a and http://a are one server"):
        Labs([a, a]).begin(DIALS, keep_run=False)
    with pytest.raises(LabProblem, match="No lab answers at http://c"):
        Labs([a, "http://c"]).begin(DIALS, keep_run=False)


def test_a_lab_that_dies_takes_its_ledger_and_no_change(net: Net) -> None:
    """The verdict stands for what was acknowledged, also by the dead one; fewer calls are counted, and not more."""
    load = Load(net, a := net.add("a"), b := net.add("b"))
    load.run()
    net.stop(b)
    told = load.verdict()
    assert told["variants"]["redis-fixed"]["verdict"] == Verdict.AGREE
    (lost,) = load.labs.lost
    assert b in lost
    seen = load.seen("redis-fixed", told)
    assert seen.calls["update"]["acknowledged"] == 2
    assert seen.disagreements() == []
    for _ in range(3):
        net.worlds[a].save(load.sessions["redis-fixed"], "k", "v", "redis-fixed")
    assert "save: " in str(load.seen("redis-fixed", told).disagreements())


def test_labs_that_all_die_are_not_judged(net: Net) -> None:
    """Then nothing tells what is stored."""
    load = Load(net, a := net.add("a"), b := net.add("b"))
    for url in (a, b):
        net.stop(url)
    with pytest.raises(LabProblem, match=r"http://a.*http://b"):
        load.verdict()


def test_what_cannot_be_known_is_not_judged(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """A further lab, a ledger that is missing, or a TTL that was turned down: *cannot tell*, with the reason."""
    monkeypatch.setattr(_labs, "SETTLE_PATIENCE", 0.3)
    load = Load(net, a := net.add("a"), net.add("b"))
    load.run()
    told = load.verdict("a Locust worker ended without sending its ledger")
    assert (told["settled"], told["waiting_for"]) == (False, "a Locust worker ended without sending its ledger")
    assert {result["verdict"] for result in told["variants"].values()} == {Verdict.CANNOT_TELL}
    c = net.add("c")
    net.worlds[a].lab._neighbours._look()
    assert "a further lab, which this load was not given" in load.verdict()["waiting_for"]
    net.stop(c)
    net.worlds[a].lab._neighbours._look()
    net.worlds[a].tell("/lab/dials", {"cache_ttl_s": 1.0})
    with pytest.raises(LabProblem, match="cache_ttl_s of http://a was turned down"):
        load.verdict()


def test_a_renewal_reaches_each_lab_that_answers(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is gone keeps no other from it, and Stop on the page of any ends the load."""
    load = Load(net, a := net.add("a"), b := net.add("b"), c := net.add("c"))
    asked: list[str] = []
    ask: Callable[..., Any] = net.fetch

    def noted(url: str, *arguments: Any, **options: Any) -> Any:
        asked.append(url)
        return ask(url, *arguments, **options)

    monkeypatch.setattr(_lab, "fetch", noted)
    net.stop(b)
    assert not load.labs.lease(10, 3)
    net.worlds[c].tell("/lab/burst/stop")
    assert load.labs.lease(10, 3)
    assert {f"{url}/lab/lease" for url in (a, b, c)} == set(asked)
