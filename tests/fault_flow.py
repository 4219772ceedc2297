"""One direction of a connection through `tests/fault_proxy.py`, and the two together.

Only the proxy's own thread touches these objects. No socket here ever blocks.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable

from tests.faults import Ending, Fault, Towards

CHUNK = 65536
"""The most bytes of one read. A direction that has as many in memory reads no more, and TCP slows the sender down."""

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def close(end: socket.socket, ending: Ending) -> None:
    """Close a socket so that its peer sees this ending."""
    with contextlib.suppress(OSError):
        if ending is Ending.RESET:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        else:
            end.shutdown(socket.SHUT_WR)  # with unread bytes, `close` alone would send a reset and no FIN
    end.close()


class Cut(Exception):
    """The connection ends now, and how each peer sees it."""

    def __init__(self, client: Ending, server: Ending) -> None:
        super().__init__(client, server)
        self.client, self.server = client, server


class Flow:
    """Bytes from one socket to the other. `count` is told how many have left."""

    def __init__(
        self, towards: Towards, source: socket.socket, sink: socket.socket, count: Callable[[Towards, int], None]
    ) -> None:
        self.towards, self.source, self.sink, self._count = towards, source, sink, count
        self._queue: deque[tuple[float, memoryview]] = deque()  # when they arrived; no bytes are the end of the file
        self._size = 0  # of the queue, in bytes
        self._not_before = 0.0
        self._passed = 0
        self.ended = False  # the source has said all
        self.closed = False  # the sink has been told so
        self.blocked = False  # the sink takes no more for now
        self.forgotten = False

    def switched(self) -> None:
        """A new fault counts and waits from its own beginning."""
        self._passed, self._not_before = 0, 0.0

    @property
    def reads(self) -> bool:
        """Whether to read from the source now."""
        return not self.ended and self._size < CHUNK

    def read(self, now: float) -> bytes:
        """Take what has arrived; nothing if nothing has, or if the source has ended."""
        try:
            data = self.source.recv(CHUNK)
        except BlockingIOError:
            return b""
        self.ended = not data
        if not self.forgotten:
            self._queue.append((now, memoryview(data)))
            self._size += len(data)
        return data

    def forget(self) -> None:
        """Discard what follows, and tell nobody."""
        self.forgotten = True
        self._queue.clear()
        self._size = 0

    def half_close(self) -> None:
        """Tell the sink that nothing follows, and discard what does."""
        if not self.closed:
            self.forget()
            self.closed = True
            self.sink.shutdown(socket.SHUT_WR)

    def advance(self, fault: Fault, now: float) -> float | None:
        """Send all that may leave by now. Returns when to come again, or None if only an event can change anything."""
        self.blocked = False
        while self._queue and not fault.holds(self.towards):
            arrived, data = self._queue[0]
            due = max(arrived + fault.delay(self.towards), self._not_before)
            if due > now:
                return due
            if not data:
                self.half_close()
            elif not self._send(fault, data, arrived, now):
                self.blocked = True
                break
        return None

    def _send(self, fault: Fault, data: memoryview, arrived: float, now: float) -> bool:
        cut = fault.cut(self.towards)
        pause = fault.pause(self.towards)
        most = min(len(data), cut.passed - self._passed if cut else CHUNK, 1 if pause else CHUNK)
        if most > 0:
            try:
                sent = self.sink.send(data[:most])
            except BlockingIOError:
                return False
            self._count(self.towards, sent)
            self._passed += sent
            self._size -= sent
            self._not_before = now + pause
            if sent < len(data):
                self._queue[0] = (arrived, data[sent:])
            else:
                self._queue.popleft()
        if cut and self._passed >= cut.passed:
            raise Cut(cut.ending, cut.ending)
        return True


class Connection:
    """One client, and the connection to the server that belongs to it."""

    def __init__(self, client: socket.socket, server: socket.socket, count: Callable[[Towards, int], None]) -> None:
        self.client, self.server = client, server
        self.to_server = Flow(Towards.SERVER, client, server, count)
        self.to_client = Flow(Towards.CLIENT, server, client, count)
        self.asking = False  # the last bytes came from the client
        self.counted = False  # this request has been counted by the present fault
        self.tail = b""  # the end of what the request had so far, for a needle that two reads share
        self.doomed: Ending | None = None  # how the client is cut when the answer comes

    @property
    def flows(self) -> tuple[Flow, Flow]:
        """Both directions."""
        return self.to_server, self.to_client

    @property
    def over(self) -> bool:
        """Whether both sides have said all, and have been told so."""
        return all(flow.ended and flow.closed for flow in self.flows)

    def switched(self) -> None:
        """A new fault begins. A request that is under way belongs to the one before."""
        self.doomed = None
        self.counted, self.tail = self.asking, b""
        for flow in self.flows:
            flow.switched()

    def contains(self, needle: bytes, data: bytes) -> bool:
        """Whether a request, of which `data` is the next part, contains the needle in what is known of it."""
        searched = self.tail + data
        self.tail = searched[-len(needle) + 1 :] if len(needle) > 1 else b""
        return needle in searched

    def end(self, client: Ending, server: Ending) -> None:
        """Close both sockets."""
        close(self.client, client)
        close(self.server, server)
