"""A TCP proxy that breaks connections on purpose, for tests of what talks to a server. One thread, no randomness.

    with FaultProxy("127.0.0.1", redis.port) as proxy:
        client = connect(proxy.port)
        proxy.switch(CutAnswer(containing=b"EVALSHA"))

`tests/faults.py` has the faults. A switch is in force for new and for open connections when `switch` returns. What has
arrived and not left when it is switched obeys the new fault.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from tests.fault_flow import Connection, Cut, close
from tests.faults import CutAnswer, Ending, Fault, HalfClose, Pass, Towards

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a caller waits for the proxy's thread, and the proxy for the server to accept."""


@dataclass
class Counters:
    """What has gone through since the proxy started: forwarded bytes, accepted and open connections, requests, cuts."""

    to_server: int = 0
    to_client: int = 0
    connections: int = 0
    open: int = 0
    requests: int = 0
    cuts: int = 0  # by `CutAfter` and `CutAnswer`


class FaultProxy:
    """See the module. A context manager; at its end the thread has ended and all sockets are closed.

    If the server refuses, the client is accepted and then reset.
    """

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        # Bound and never listening: keeps the port ours while the listener is closed.
        self._reservation = self._bound(0)
        self.host, self.port = self._reservation.getsockname()
        self._listener: socket.socket | None = None
        self._fault: Fault = Pass()
        self._counted = 0  # requests that the present fault has counted
        self._counters = Counters()
        self._connections: list[Connection] = []
        self._waiting: list[socket.socket] = []  # accepted, and not connected to the server
        self._orders: deque[Callable[[], None]] = deque()
        self._watchers: list[tuple[Callable[[Counters], bool], Future[None]]] = []
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._listen()
        self._thread = threading.Thread(target=self._run, name=f"fault proxy {self.port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    # -- for the test

    def switch(self, fault: Fault) -> None:
        """Put another fault in force, for open connections too; it is when this returns."""
        self._ask(lambda: self._switch(fault))

    def cut_all(self, ending: Ending = Ending.RESET) -> None:
        """Cut every open connection on both sides, and forget what was held. New ones meet the present fault."""
        self._ask(lambda: self._cut_all(ending))

    @property
    def counters(self) -> Counters:
        """A copy, consistent, and up to date with all that a client has received."""
        return self._ask(self._copy)

    def wait_for(self, condition: Callable[[Counters], bool], seconds: float = PATIENCE) -> None:
        """Return when the counters satisfy a condition.

        Raises:
            TimeoutError: They did not within `seconds`.
        """
        satisfied: Future[None] = Future()
        self._ask(lambda: self._watchers.append((condition, satisfied)))
        try:
            satisfied.result(seconds)
        except TimeoutError:
            satisfied.cancel()
            raise TimeoutError(f"the proxy is at {self.counters} after {seconds} s") from None

    def stop(self) -> None:
        """Reset all connections, free the port and end the thread. Again: nothing."""
        self._stopping = True
        if self._thread.is_alive():
            with suppress(OSError):  # it has seen it by itself, and is about to end
                self._wake.send(b".")
            self._thread.join(PATIENCE)
        self._wake.close()

    def _ask(self, order: Callable[[], T]) -> T:
        """Let the proxy's thread do something, and return what it returns."""
        if not self._thread.is_alive():
            raise RuntimeError("the proxy has stopped")
        answer: Future[T] = Future()

        def do() -> None:
            try:
                answer.set_result(order())
            except BaseException as error:  # noqa: BLE001 - it is raised by whoever asked
                answer.set_exception(error)

        self._orders.append(do)
        self._wake.send(b".")
        return answer.result(PATIENCE)

    # -- in the proxy's thread

    def _run(self) -> None:
        try:
            while not self._stopping:
                due = self._advance()
                self._tell()
                self._select(due)
        finally:
            self._unlisten()
            self._cut_all(Ending.RESET)
            self._selector.close()
            self._reservation.close()
            self._woken.close()

    def _select(self, until: float | None) -> None:
        timeout = None if until is None else max(until - time.monotonic(), 0)
        for key, _ in self._selector.select(timeout):
            if key.fileobj is self._woken:
                self._woken.recv(4096)
            elif key.fileobj is self._listener:
                self._accept(self._listener)
            elif isinstance(key.data, Connection):
                self._attempt(key.data, partial(self._read, key.data))
        while self._orders:
            self._orders.popleft()()

    def _attempt(self, one: Connection, action: Callable[[], T]) -> T | None:
        """Do something with a connection, which may end it."""
        if one not in self._connections:
            return None
        try:
            return action()
        except Cut as cut:
            self._counters.cuts += 1
            self._end(one, cut.client, cut.server)
        except OSError:  # a peer has reset it: the other one sees the same
            self._end(one, Ending.RESET, Ending.RESET)
        return None

    def _copy(self) -> Counters:
        return replace(self._counters, open=len(self._connections) + len(self._waiting))

    def _tell(self) -> None:
        """Let those go on whose condition holds, and forget those that have given up."""
        counters = self._copy()
        for watcher in list(self._watchers):
            condition, satisfied = watcher
            if satisfied.cancelled():
                self._watchers.remove(watcher)
            elif condition(counters):
                self._watchers.remove(watcher)
                satisfied.set_result(None)

    def _accept(self, listener: socket.socket) -> None:
        try:
            client = listener.accept()[0]
        except OSError:  # it was gone before we looked
            return
        self._counters.connections += 1
        self._waiting.append(client)
        self._connect()

    def _connect(self) -> None:
        """Connect those that wait to the server, if the present fault does."""
        while self._waiting and self._fault.connects:
            client = self._waiting.pop(0)
            try:
                server = socket.create_connection(self._target, PATIENCE)
            except OSError:
                close(client, Ending.RESET)
                continue
            for end in (client, server):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one = Connection(client, server, self._count)
            self._connections.append(one)
            self._attempt(one, partial(self._begin, one))

    def _begin(self, one: Connection) -> None:
        """What the present fault does to a connection at once."""
        for flow in one.flows:
            if isinstance(self._fault, HalfClose) and flow.towards is self._fault.towards:
                flow.half_close()

    def _read(self, one: Connection) -> None:
        now = time.monotonic()
        if one.to_client.reads and one.to_client.read(now):
            one.asking = False
            if one.doomed:
                raise Cut(one.doomed, Ending.FIN)
        if one.to_server.reads and (data := one.to_server.read(now)):
            self._request(one, data)

    def _request(self, one: Connection, data: bytes) -> None:
        """Count a request when its first bytes arrive, and for `CutAnswer` when it turns out to be one that counts."""
        if not one.asking:
            one.asking, one.counted, one.tail = True, False, b""
            self._counters.requests += 1
        fault = self._fault
        if isinstance(fault, CutAnswer) and not one.counted and one.contains(fault.containing, data):
            one.counted = True
            self._counted += 1
            one.doomed = fault.ending if self._counted == fault.request else None

    def _advance(self) -> float | None:
        """Send what may leave, and listen to what can happen next. Returns when something is due, if anything is."""
        now = time.monotonic()
        due: list[float] = []
        for one in list(self._connections):
            for flow in one.flows:
                when = self._attempt(one, partial(flow.advance, self._fault, now))
                due += [] if when is None else [when]
            if one in self._connections:
                if one.over:
                    self._end(one, Ending.FIN, Ending.FIN)
                else:
                    self._watch(one)
        return min(due, default=None)

    def _watch(self, one: Connection) -> None:
        for end, incoming, outgoing in (
            (one.client, one.to_server, one.to_client),
            (one.server, one.to_client, one.to_server),
        ):
            wanted = selectors.EVENT_READ * incoming.reads | selectors.EVENT_WRITE * outgoing.blocked
            known = self._selector.get_map().get(end)
            if known and wanted:
                self._selector.modify(end, wanted, one)
            elif known:
                self._selector.unregister(end)
            elif wanted:
                self._selector.register(end, wanted, one)

    def _end(self, one: Connection, client: Ending, server: Ending) -> None:
        self._connections.remove(one)
        for end in (one.client, one.server):
            if end in self._selector.get_map():
                self._selector.unregister(end)
        one.end(client, server)

    def _count(self, towards: Towards, sent: int) -> None:
        if towards is Towards.SERVER:
            self._counters.to_server += sent
        else:
            self._counters.to_client += sent

    def _switch(self, fault: Fault) -> None:
        self._fault, self._counted = fault, 0
        for one in list(self._connections):
            one.switched()
            if fault.forgets:
                for flow in one.flows:
                    flow.forget()
            self._attempt(one, partial(self._begin, one))
        if fault.listens:
            self._listen()
        else:
            self._unlisten()
            self._cut_all(Ending.RESET)
        self._connect()

    def _cut_all(self, ending: Ending) -> None:
        for one in list(self._connections):
            self._end(one, ending, ending)
        while self._waiting:
            close(self._waiting.pop(), ending)

    def _listen(self) -> None:
        if self._listener is None:
            self._listener = self._bound(self.port)
            self._listener.listen(128)
            self._listener.setblocking(False)
            self._selector.register(self._listener, selectors.EVENT_READ)

    def _unlisten(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()  # resets those that nobody has accepted
            self._listener = None

    @staticmethod
    def _bound(port: int) -> socket.socket:
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(("127.0.0.1", port))
        return bound
