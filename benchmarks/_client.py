"""The load: keep-alive connections over raw sockets in one thread, which leaves the other core to the server.

Run as a process of its own. Takes an `Order` as JSON on standard input and prints a `Result` as JSON. Written out,
because an HTTP library's client needs more time for a request than the server does.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import zip_longest

LOOPBACK = "127.0.0.1"
PATIENCE = 5.0
NEXT = re.compile(rb'"next":\s*(\d+)')
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass
class Order:
    """What to send.

    Attributes:
        port: where, on this computer.
        method, body: of every request.
        paths: a connection for each; `{next}` in one is replaced by the `next` of the answer before.
        seconds: how long answers are counted; longer, up to `PATIENCE`, if there was none by then.
        warm_up: seconds before that in which they are not.
        every: seconds between two requests of a connection; 0 sends as soon as the answer is there.
        next: the first `{next}`.
        cookies: that of each connection, if they have any.
    """

    port: int
    paths: list[str]
    method: str = "GET"
    body: str = ""
    seconds: float = 1.0
    warm_up: float = 0.2
    every: float = 0.0
    next: int = 0
    cookies: list[str] = field(default_factory=list)


@dataclass
class Result:
    """What came back while it was counted.

    Attributes:
        late: the seconds that each answer took, if `every` is set.
        good: answers of the whole load, also before it was counted.
    """

    answers: int = 0
    errors: int = 0
    seconds: float = 0.0
    late: list[float] = field(default_factory=list)
    good: int = 0


class Connection:
    """One keep-alive connection with one request at a time."""

    def __init__(self, order: Order, path: str, cookie: str = "") -> None:
        self._order = order
        self._path = path
        self._cookie = cookie
        self._next = order.next
        self._answer = b""
        self._request = self._write_request()
        self.due = self.sent = 0.0
        self.socket = socket.create_connection((LOOPBACK, order.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self) -> None:
        """Ask."""
        if "{next}" in self._path:
            self._request = self._write_request()
        self.sent = time.monotonic()
        self.socket.sendall(self._request)

    def receive(self) -> bool | None:
        """Take what has arrived. None if the answer is not complete; else whether it is a good one."""
        arrived = self.socket.recv(1 << 20)
        if not arrived:
            raise ConnectionError(f"The server closed a connection in the middle of {self._path}.")
        self._answer += arrived
        head, found, body = self._answer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or length is None or len(body) < int(length[1]):
            return None
        if self._order.every and (following := NEXT.search(body)):
            self._next = int(following[1])
        self._answer = b""
        return head.startswith(b"HTTP/1.1 200")

    def _write_request(self) -> bytes:
        order, path = self._order, self._path.replace("{next}", str(self._next))
        head = f"{order.method} {path} HTTP/1.1\r\nHost: {LOOPBACK}:{order.port}\r\n"
        if self._cookie:
            head += f"Cookie: {self._cookie}\r\n"
        if order.body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(order.body)}\r\n"
        return f"{head}\r\n{order.body}".encode()


def run(order: Order) -> Result:
    """Send what is ordered, for as long as is ordered."""
    connections = [Connection(order, *each) for each in zip_longest(order.paths, order.cookies, fillvalue="")]
    begin = time.monotonic() + order.warm_up
    for place, connection in enumerate(connections):  # spread over the interval, as visitors would be
        connection.due = time.monotonic() + order.every * place / len(connections)
    result = Result()
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        _exchange(order, connections, selector, result, begin)
    for connection in connections:
        connection.socket.close()
    return result


def _exchange(
    order: Order, idle: list[Connection], selector: selectors.BaseSelector, result: Result, begin: float
) -> None:
    waiting = list(idle)
    while (now := time.monotonic()) < (end := _end(order, result, begin)):
        for connection in [one for one in waiting if one.due <= now]:
            waiting.remove(connection)
            connection.due += order.every
            connection.send()
        patience = min((one.due for one in waiting), default=end) - now
        for key, _ in selector.select(max(0.0, patience)):
            connection = key.data
            if (good := connection.receive()) is None:
                continue
            result.good += good
            if (arrived := time.monotonic()) > begin:
                result.answers += good
                result.errors += not good
                if order.every:
                    result.late.append(arrived - connection.sent)
            if order.every:
                waiting.append(connection)
            else:
                connection.send()
    result.seconds = time.monotonic() - begin


def _end(order: Order, result: Result, begin: float) -> float:
    """A busy computer may stand still for longer than a short measurement takes: then the first answer ends it."""
    return begin + (order.seconds if result.answers or result.errors else max(order.seconds, PATIENCE))


if __name__ == "__main__":
    json.dump(asdict(run(Order(**json.load(sys.stdin)))), sys.stdout)
