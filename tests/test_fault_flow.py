"""The proxy between a client and a server that both do only what the test says."""

from __future__ import annotations

import random
import select
import socket
from collections.abc import Iterator

import pytest

from tests.fault_flow import CHUNK, close
from tests.fault_peers import SOON, Client
from tests.fault_proxy import FaultProxy
from tests.faults import CutAnswer, Ending, Pass

Ends = tuple[FaultProxy, Client, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A proxy with one connection, and both ends of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener, FaultProxy(*listener.getsockname()) as proxy:
        client = Client(proxy.port)
        server = listener.accept()[0]
        with client.socket, server:
            yield proxy, client, server


def test_a_large_answer_arrives_whole_in_bounded_memory(ends: Ends) -> None:
    """A sender faster than its reader is slowed down, and nothing is lost."""
    proxy, client, server = ends
    data, sent = random.Random(7).randbytes(64 << 20), 0
    while select.select([], [server], [], SOON)[1]:
        sent += server.send(data[sent : sent + CHUNK])
    assert sent < len(data)
    assert all(flow._size <= 2 * CHUNK for one in proxy._connections for flow in one.flows)
    assert client.read(sent) == data[:sent]


def test_parts_without_an_answer_between_them_are_one_request(ends: Ends) -> None:
    """A needle is found across two reads."""
    proxy, client, server = ends
    proxy.switch(CutAnswer(containing=b"COMMIT"))
    for part in (b"COM", b"MIT"):
        client.send(part)
        assert server.recv(100) == part
    server.sendall(b"done")
    assert client.ending() is Ending.RESET
    assert server.recv(1) == b""
    assert proxy.counters.requests == 1


def test_a_needle_twice_in_a_request_counts_once(ends: Ends) -> None:
    """The second request is the one that comes after an answer."""
    proxy, client, server = ends
    proxy.switch(CutAnswer(request=2, containing=b"COMMIT"))
    for _ in range(2):
        client.send(b"COMMIT")
        assert server.recv(100) == b"COMMIT"
    server.sendall(b"done")
    assert client.read(4) == b"done"
    client.send(b"COMMIT")
    assert server.recv(100) == b"COMMIT"
    server.sendall(b"done")
    assert client.ending() is Ending.RESET


def test_an_answer_after_the_switch_is_not_cut(ends: Ends) -> None:
    """A cut that has not happened when its fault ends does not happen."""
    proxy, client, server = ends
    proxy.switch(CutAnswer())
    client.send(b"x")
    assert server.recv(100) == b"x"
    proxy.switch(Pass())
    server.sendall(b"done")
    assert client.read(4) == b"done"


def test_a_request_that_is_under_way_at_a_switch_does_not_count(ends: Ends) -> None:
    """The rest of a request is not the first request under the new fault."""
    proxy, client, server = ends
    client.send(b"the beginning")
    assert server.recv(100) == b"the beginning"
    proxy.switch(CutAnswer())
    client.send(b"the rest")
    assert server.recv(100) == b"the rest"
    server.sendall(b"done")
    assert client.read(4) == b"done"


@pytest.mark.parametrize("ending", Ending)
def test_a_socket_with_unread_bytes_ends_as_it_is_told(ending: Ending) -> None:
    """A FIN stays a FIN where a plain `close` would send a reset."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = Client(listener.getsockname()[1])
        server = listener.accept()[0]
        server.setblocking(False)
        with client.socket:
            client.send(b"unread")
            assert select.select([server], [], [], 5)[0]
            close(server, ending)
            assert client.ending() is ending
