"""The load of the benchmarks: a short measurement on a busy computer, and answers that are errors."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from benchmarks._client import LOOPBACK, Order, Result, run


@contextmanager
def server(status: str, late: float) -> Iterator[int]:
    """Answers each request of one connection with that status, the first one late by so many seconds."""
    with socket.create_server((LOOPBACK, 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, suppress(ConnectionError):  # the load goes when it has measured
                connection.recv(1 << 16)
                threading.Event().wait(late)  # the slowness of the server is what is tested
                while True:
                    connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok".encode())
                    if not connection.recv(1 << 16):
                        return

        thread = threading.Thread(target=answer)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join()


@pytest.mark.parametrize("late", [0.0, 0.4])
def test_a_measurement_waits_for_its_first_answer(late: float) -> None:
    """An answer later than the measured time is counted, with the time it took."""
    result = answered("200 OK", late)
    assert result.answers > 0
    assert result.errors == 0
    assert result.seconds >= late


def test_errors_are_counted_apart() -> None:
    """Error answers are no good ones, and a measurement of errors alone ends."""
    result = answered("503 Service Unavailable", 0.4)
    assert (result.answers, result.errors > 0) == (0, True)
    assert result.seconds < 2


def answered(status: str, late: float) -> Result:
    """What the load counts on such a server."""
    with server(status, late) as port:
        return run(Order(port, ["/"], seconds=0.02, warm_up=0.0))
