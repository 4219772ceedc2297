"""The proxy that breaks connections: what a client and a server see under each fault."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.fault_peers import SOON, Client, Echo
from tests.fault_proxy import FaultProxy
from tests.faults import (
    AnswerLate,
    Blackhole,
    CutAfter,
    CutAnswer,
    Delay,
    Drip,
    Ending,
    Fault,
    Forget,
    HalfClose,
    HoldAnswers,
    Pass,
    Refuse,
    Towards,
)

Connect = Callable[[], Client]


@pytest.fixture
def echo() -> Iterator[Echo]:
    """A server that ends after its clients."""
    with Echo() as server:
        yield server


@pytest.fixture
def proxy(echo: Echo) -> Iterator[FaultProxy]:
    """A proxy before it, without a fault."""
    with FaultProxy("127.0.0.1", echo.port) as between:
        yield between


@pytest.fixture
def connect(proxy: FaultProxy) -> Iterator[Connect]:
    """Makes clients, and closes them."""
    clients: list[Client] = []

    def make() -> Client:
        clients.append(Client(proxy.port))
        return clients[-1]

    yield make
    for client in clients:
        client.socket.close()


@pytest.fixture(params=["new", "open"])
def under(request: pytest.FixtureRequest, proxy: FaultProxy, connect: Connect) -> Callable[[Fault], Client]:
    """A client whose connection meets a fault: one made after the switch, and one that was open before it."""

    def meet(fault: Fault) -> Client:
        client = connect() if request.param == "open" else None
        if client:
            proxy.wait_for(lambda counters: counters.open == 1)
        proxy.switch(fault)
        return client or connect()

    return meet


def test_without_a_fault_everything_passes_and_is_counted(proxy: FaultProxy, echo: Echo, connect: Connect) -> None:
    """Bytes, requests and connections are counted, and both ends close."""
    first, second = connect(), connect()
    assert [first.ask(b"one"), second.ask(b"two"), first.ask(b"three")] == [b"<one>", b"<two>", b"<three>"]
    counters = proxy.counters
    assert (counters.to_server, counters.to_client) == (11, 17)
    assert (counters.connections, counters.open, counters.requests, counters.cuts) == (2, 2, 3, 0)
    assert [echo.heard() for _ in range(3)] == [b"one", b"two", b"three"]
    first.socket.close()
    assert echo.heard() == "end"
    proxy.wait_for(lambda counters: counters.open == 1)


def test_an_end_is_passed_on_one_way_at_a_time(echo: Echo, connect: Connect) -> None:
    """A client that has said all still gets its answer and then the end."""
    client = connect().send(b"last")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.read(100) == b"<last>"
    assert [echo.heard(), echo.heard()] == [b"last", "end"]


def test_a_refused_connection_fails_at_once_and_an_open_one_is_reset(proxy: FaultProxy, connect: Connect) -> None:
    """A server that has ended refuses, and the same port accepts afterwards."""
    client = connect()
    assert client.ask(b"x") == b"<x>"
    proxy.switch(Refuse())
    assert client.ending() is Ending.RESET
    with pytest.raises(ConnectionRefusedError):
        connect()
    proxy.switch(Pass())
    assert connect().ask(b"y") == b"<y>"


def test_a_black_hole_accepts_and_never_answers(
    proxy: FaultProxy, echo: Echo, under: Callable[[Fault], Client]
) -> None:
    """Nothing reaches the server until the fault ends; then all does."""
    client = under(Blackhole()).send(b"late")
    assert client.hears_nothing()
    assert echo.events.empty()
    proxy.switch(Pass())
    assert client.read(6) == b"<late>"


def test_what_a_black_hole_held_is_forgotten_when_all_is_cut(
    proxy: FaultProxy, echo: Echo, under: Callable[[Fault], Client], connect: Connect
) -> None:
    """A request that was given up does not reach the server later."""
    client = under(Blackhole()).send(b"given up")
    proxy.wait_for(lambda counters: counters.open == 1)
    proxy.cut_all()
    assert client.ending() is Ending.RESET
    proxy.switch(Pass())
    connect().ask(b"new")
    assert b"given up" not in [echo.heard() for _ in range(echo.events.qsize())]


def test_a_forgotten_connection_stays_open_and_carries_nothing_more(
    proxy: FaultProxy, echo: Echo, connect: Connect
) -> None:
    """New ones work meanwhile, and the next fault does not bring the old one back."""
    client = connect()
    assert client.ask(b"x") == b"<x>"
    proxy.switch(Forget())
    assert connect().ask(b"y") == b"<y>"
    client.send(b"lost")
    assert client.hears_nothing()
    proxy.switch(Pass())
    client.send(b"lost too")
    assert client.hears_nothing()
    assert [echo.heard() for _ in range(echo.events.qsize())] == [b"x", b"y"]
    assert proxy.counters.open == 2


@pytest.mark.parametrize("ending", Ending)
def test_a_cut_towards_the_server_lets_so_many_bytes_pass(
    ending: Ending, echo: Echo, under: Callable[[Fault], Client]
) -> None:
    """The server gets the beginning of a request, and both see the end."""
    client = under(CutAfter(Towards.SERVER, 3, ending)).send(b"request")
    assert client.ending() is ending
    assert echo.heard() == b"req"
    assert echo.heard() in {"end", "reset"}  # with FIN, its answer may meet the closed socket


@pytest.mark.parametrize("ending", Ending)
def test_a_cut_towards_the_client_lets_so_many_bytes_pass(
    ending: Ending, proxy: FaultProxy, echo: Echo, under: Callable[[Fault], Client]
) -> None:
    """The client gets the beginning of an answer and then the end."""
    client = under(CutAfter(Towards.CLIENT, 4, ending)).send(b"request")
    assert client.read(4) == b"<req"
    assert client.ending() is ending
    assert [echo.heard(), echo.heard()] == [b"request", "end" if ending is Ending.FIN else "reset"]
    assert proxy.counters.to_client == 4
    assert proxy.counters.cuts == 1


def test_a_cut_after_nothing_comes_before_the_first_byte(
    proxy: FaultProxy, echo: Echo, under: Callable[[Fault], Client]
) -> None:
    """The server never learns of the request."""
    client = under(CutAfter(Towards.SERVER, 0)).send(b"x")
    assert client.ending() is Ending.RESET
    assert echo.heard() == "reset"
    assert proxy.counters.to_server == 0


@pytest.mark.parametrize("ending", Ending)
def test_an_answer_is_cut_when_the_change_has_been_made(
    ending: Ending, proxy: FaultProxy, echo: Echo, under: Callable[[Fault], Client], connect: Connect
) -> None:
    """The server has answered the nth request, nobody hears it, others pass."""
    client = under(CutAnswer(request=2, ending=ending))
    assert client.ask(b"one") == b"<one>"
    assert client.send(b"two").ending() is ending
    assert [echo.heard() for _ in range(3)] == [b"one", b"two", "end"]
    assert connect().ask(b"three") == b"<three>"
    assert (proxy.counters.to_client, proxy.counters.cuts) == (12, 1)


def test_each_switch_counts_from_its_own_beginning(proxy: FaultProxy, connect: Connect) -> None:
    """Bytes and requests from before the switch do not count after it."""
    for _ in range(2):
        client = connect()
        assert client.ask(b"before") == b"<before>"
        proxy.switch(CutAnswer())
        assert client.send(b"x").ending() is Ending.RESET
        proxy.switch(Pass())
    client = connect()
    assert client.ask(b"before") == b"<before>"
    proxy.switch(CutAfter(Towards.CLIENT, 4))
    assert client.send(b"request").read(4) == b"<req"
    assert client.ending() is Ending.RESET


def test_an_answer_is_cut_by_what_is_in_the_request(echo: Echo, under: Callable[[Fault], Client]) -> None:
    """A needle is found across two reads, and other requests do not count."""
    client = under(CutAnswer(request=2, containing=b"COMMIT"))
    assert [client.ask(word) for word in (b"HELLO", b"COMMIT", b"BEGIN")] == [b"<HELLO>", b"<COMMIT>", b"<BEGIN>"]
    client.send(b"big COMM")
    assert client.read(10) == b"<big COMM>"
    client.send(b"IT")  # after an answer: another request
    assert client.read(4) == b"<IT>"
    assert client.send(b"COMMIT").ending() is Ending.RESET


def test_half_a_close_leaves_the_other_way_open(
    proxy: FaultProxy, echo: Echo, under: Callable[[Fault], Client]
) -> None:
    """A client that sees the end can still send, and gets no answer."""
    client = under(HalfClose(Towards.CLIENT))
    assert client.ending() is Ending.FIN
    client.send(b"still")
    assert echo.heard() == b"still"
    assert client.ending() is Ending.FIN
    assert proxy.counters.to_client == 0


def test_half_a_close_towards_the_server_ends_its_input(echo: Echo, under: Callable[[Fault], Client]) -> None:
    """A server that sees the end closes, and what the client sends is lost."""
    client = under(HalfClose(Towards.SERVER)).send(b"lost")
    assert echo.heard() == "end"
    assert client.ending() is Ending.FIN


@pytest.mark.parametrize("fault", [Delay(0.1, 0.05), AnswerLate(0.15)], ids=["both ways", "the answer"])
def test_a_delay_takes_as_long_as_it_says(fault: Fault, echo: Echo, under: Callable[[Fault], Client]) -> None:
    """A request with its answer takes the sum of the delays, not less."""
    client = under(fault)
    began = time.monotonic()
    client.send(b"x")
    assert echo.heard() == b"x"
    forwarded = time.monotonic() - began
    assert client.read(3) == b"<x>"
    assert time.monotonic() - began >= 0.15
    assert forwarded >= fault.delay(Towards.SERVER)


def test_a_delay_ends_with_the_switch(proxy: FaultProxy, echo: Echo, under: Callable[[Fault], Client]) -> None:
    """An answer that is held for a minute leaves at once when the fault ends."""
    client = under(AnswerLate(60)).send(b"x")
    assert echo.heard() == b"x"
    assert client.hears_nothing()
    proxy.switch(Pass())
    assert client.read(3) == b"<x>"


def test_held_answers_wait_for_the_switch(proxy: FaultProxy, echo: Echo, under: Callable[[Fault], Client]) -> None:
    """The server has the request, and the client gets the answer later."""
    client = under(HoldAnswers()).send(b"x")
    assert echo.heard() == b"x"
    assert client.hears_nothing()
    proxy.switch(Pass())
    assert client.read(3) == b"<x>"


def test_a_dripping_answer_comes_byte_by_byte(under: Callable[[Fault], Client]) -> None:
    """No read waits for long, and the whole takes many times as long as one. A slow client may find two bytes."""
    client = under(Drip(0.05)).send(b"12345678")
    began = time.monotonic()
    pieces = [client.socket.recv(100)]
    while sum(map(len, pieces)) < 10:
        pieces.append(client.socket.recv(100))
    assert b"".join(pieces) == b"<12345678>"
    assert time.monotonic() - began > 0.4


def test_a_peer_that_resets_is_passed_on(proxy: FaultProxy, echo: Echo, connect: Connect) -> None:
    """A client's own reset reaches the server as a reset."""
    client = connect()
    client.ask(b"x")
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.socket.close()
    assert [echo.heard(), echo.heard()] == [b"x", "reset"]
    proxy.wait_for(lambda counters: counters.open == 0)


def test_a_server_that_has_ended_resets_the_client() -> None:
    """The proxy accepts, and tells the client when the server refuses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with FaultProxy("127.0.0.1", port) as proxy:
        try:
            client = Client(proxy.port)
        except ConnectionResetError:
            return  # before the client knew of its connection
        with client.socket:
            assert client.ending() is Ending.RESET


@pytest.mark.parametrize("fault", [Pass(), Blackhole(), Refuse(), HoldAnswers(), AnswerLate(60), Drip(60)], ids=str)
def test_a_stop_leaves_no_thread_and_no_socket(fault: Fault, echo: Echo) -> None:
    """Whatever the fault, clients are reset and the port is free again."""
    proxy = FaultProxy("127.0.0.1", echo.port)
    client = Client(proxy.port).send(b"x")
    assert echo.heard() == b"x"
    assert client.read(3) == b"<x>"
    proxy.switch(fault)
    proxy.stop()
    proxy.stop()
    with client.socket:
        assert client.ending() is Ending.RESET
    assert not any(thread.name == f"fault proxy {proxy.port}" for thread in threading.enumerate())
    with pytest.raises(OSError, match="refused") as refused:
        Client(proxy.port)
    assert refused.value.errno == errno.ECONNREFUSED
    with pytest.raises(RuntimeError, match="has stopped"):
        proxy.switch(Pass())


def test_waiting_for_what_does_not_come_ends_with_the_counters(proxy: FaultProxy) -> None:
    """The error of a wait says how far the proxy has come."""
    with pytest.raises(TimeoutError, match="connections=0"):
        proxy.wait_for(lambda counters: counters.connections == 1, SOON)
