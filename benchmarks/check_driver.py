"""What the driver of `lab.py check` costs: requests for each second of its processor time.

    python benchmarks/check_driver.py [--seconds 4] [--clients 8] [--json FILE]

The server is another process, and its time does not count. It does next to nothing, so the driver is what is measured:
its threads, its connections, its cookies, and what it writes down. Waiting costs no processor time, so the figure is
what one core could drive, whatever else runs on the computer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

if not __package__:  # run by path: Python then searches this folder first, whose http.py would hide its own `http`
    sys.path.pop(0)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._report import Target, environment, say_environment, say_targets
from racelab.grading.check import Settings, check

LEAST = 1000
ROOT = Path(__file__).resolve().parent.parent


class Trivial(asyncio.Protocol):
    """The four routes over a count for each cookie; correct, because it never waits between reading and writing."""

    sessions: dict[bytes, dict[str, str]] = {}  # noqa: RUF012 - all connections share it on purpose
    counts: dict[bytes, int] = {}  # noqa: RUF012

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete; none has a body."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        target, sid = head.split(b" ", 2)[1], head.partition(b"sid=")[2].partition(b"\r\n")[0]
        new = b"" if sid else b"Set-Cookie: sid=%d; Path=/\r\n" % (len(self.sessions) + 1)
        sid = sid or b"%d" % (len(self.sessions) + 1)
        keys, said = self.sessions.setdefault(sid, {}), b"{}"
        if target.startswith(b"/race/count"):
            self.counts[sid] = self.counts.get(sid, 0) + 1
        elif target.startswith(b"/race/set"):
            query = dict(part.partition("=")[::2] for part in target.decode().partition("?")[2].split("&"))
            keys[query["key"]] = query["value"]
        elif target.startswith(b"/race/read"):
            said = json.dumps({"n": self.counts.get(sid, 0), "keys": keys}).encode()
        last = b"Connection: close\r\n" if b"Connection: close" in head else b""
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s%s\r\n%s"
            % (len(said), new, last, said)
        )
        if last:
            self._transport.close()


async def serve() -> None:
    """Serve until killed; the port is the only line of output."""
    server = await asyncio.get_running_loop().create_server(Trivial, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def measure(clients: int, seconds: float) -> dict[str, float]:
    """A check with increments and keys, without a hold.

    Returns:
        Requests, seconds of this process's processor time, and requests for each of them.
    """
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        settings = Settings(clients, seconds, 0, ("increments", "keys"), protocol="routes")
        before, began = time.process_time(), time.perf_counter()
        report = check(url, settings)
        used, took = time.process_time() - before, time.perf_counter() - began
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    requests = float(report.conditions.get("requests", 0))
    wrong = sum(column.wrong for column in report.columns)
    return {"requests": requests, "cpu_s": used, "seconds": took, "per_cpu_s": requests / used, "wrong": wrong}


def main() -> int:
    """Measure, print, and say whether the target is reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return 0
    conditions = environment(clients=options.clients, seconds=options.seconds)
    say_environment(conditions)
    found = measure(options.clients, options.seconds)
    time_taken = f"{found['seconds']:.1f} s, with {found['cpu_s']:.2f} s of processor time"
    print(f"\n{found['requests']:,.0f} requests in {time_taken}; {found['wrong']:,.0f} wrong")
    target = Target("requests for each second of processor time", found["per_cpu_s"], LEAST, unit="/s")
    say_targets([target])
    if options.json:
        options.json.write_text(
            json.dumps({"environment": conditions, **found, "targets": [target.as_json()]}, indent=1)
        )
    return 0 if target.reached and not found["wrong"] else 1


if __name__ == "__main__":
    sys.exit(main())
