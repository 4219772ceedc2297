"""A small server with the four routes, correct unless a test asks for a fault. In this process, on a free port."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(slots=True)
class Session:
    """One session; `dead` is its tombstone: whoever still holds it may write no more."""

    data: dict[str, Any] = field(default_factory=dict)
    dead: bool = False
    past: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    born: float = field(default_factory=time.monotonic)
    turn: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Faults:
    """What is wrong with a server; nothing, as it stands.

    Attributes:
        blobs: a write puts back the whole session as it was read before the hold.
        reads_write: a read does.
        read_revives, write_revives: a request in flight stores a closed session anew.
        revives_after: seconds after which a write in flight does, long after its answer; 0 for never.
        leaks: every so many reads show the session of another visitor; 0 for none.
        keeps_rows: expired sessions stay in the store until somebody asks for them.
        lifetime: seconds from a session's beginning to its end.
        doubles: every so many increments count twice; 0 for none.
        writes_anyway: every so many writes are refused and made nevertheless.
        late: seconds after which a read shows a write that was acknowledged.
        calm: writes and reads before the faults of every so many begin; the controls are through by then.
        stores: processes that each have a store of their own, and answer in turns.
        alone: requests that the first of them answers before the others come up.
        named: answers say which process it was.
        stuck: requests are answered one at a time.
        waits: requests of one session are answered one at a time, logouts too, which then take a moment more.
        cookie: more attributes of the cookie; None if there is no cookie.
        signed: the old cookie of a closed session logs in.
        instead: answers in place of the server, if it gives something: bytes, or several, and then the connection ends.
    """

    blobs: bool = False
    reads_write: bool = False
    read_revives: bool = False
    write_revives: bool = False
    revives_after: float = 0.0
    leaks: int = 0
    keeps_rows: bool = False
    lifetime: float = 1000.0
    doubles: int = 0
    writes_anyway: int = 0
    late: float = 0.0
    calm: int = 200
    stores: int = 1
    alone: int = 0
    named: bool = True
    stuck: bool = False
    waits: bool = False
    cookie: str | None = ""
    signed: bool = False
    instead: Callable[[Request], bytes | Iterable[bytes] | None] | None = None

    def due(self, every: int, number: int) -> bool:
        """Whether the request with this number has a fault that every so many have."""
        return every > 0 and number > self.calm and number % every == 0


@dataclass(slots=True)
class Request:
    """A request as a test sees it: the number of it among all, and where it goes."""

    number: int
    method: str
    path: str
    server: Plain


class Plain(ThreadingHTTPServer):
    """The server and its stores."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, faults: Faults) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.lock, self.one = faults, threading.RLock(), threading.Lock()
        self.stores: list[dict[str, Session]] = [{} for _ in range(faults.stores)]
        self.requests = self.writes = self.reads = self.ids = 0
        self.stopped = False

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave are no news."""

    def die(self) -> None:
        """Accept nothing more, as a process that was killed."""
        self.stopped = True
        self.socket.close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Plain
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        """Any request."""
        self._serve()

    def do_POST(self) -> None:
        """Any request."""
        self._serve()

    def _serve(self) -> None:
        server, faults = self.server, self.server.faults
        parts = urlsplit(self.path)
        with server.lock:
            server.requests += 1
            number = server.requests
        if server.stopped:
            self.close_connection = True
            return
        other = faults.instead(Request(number, self.command, parts.path, server)) if faults.instead else None
        if other is not None:
            self.close_connection = True
            for part in [other] if isinstance(other, bytes) else other:
                self.wfile.write(part)
            return
        if faults.stuck:
            with server.one:
                self._route(parts.path, {name: found[0] for name, found in parse_qs(parts.query).items()}, number)
        else:
            self._route(parts.path, {name: found[0] for name, found in parse_qs(parts.query).items()}, number)

    def _route(self, path: str, query: dict[str, str], number: int) -> None:
        server = self.server
        at = number % len(server.stores) if number > server.faults.alone else 0
        store, step = server.stores[at], path.removeprefix("/race/")
        if step == "rows" and self.command == "GET":
            self._answer(200, {"rows": self._rows(store), "lifetime": server.faults.lifetime})
            return
        if (self.command, step) not in {("POST", "set"), ("POST", "count"), ("POST", "logout"), ("GET", "read")}:
            self._answer(404, {"error": "no such route"})
            return
        sid = self.headers.get("Cookie", "").partition("sid=")[2].partition(";")[0]
        session = self._found(store, sid)
        act = {"set": self._set, "count": self._count, "logout": self._logout, "read": self._read}[step]
        with session.turn if session is not None and server.faults.waits else nullcontext():
            status, said, new = act(store, sid, session, query)
            if server.faults.waits and step == "logout":
                time.sleep(0.01)
        if server.faults.named:
            said["worker"] = at
        self._answer(status, said, new)

    def _found(self, store: dict[str, Session], sid: str) -> Session | None:
        with self.server.lock:
            session = store.get(sid)
            if session is not None and time.monotonic() - session.born > self.server.faults.lifetime:
                session.dead = True
                del store[sid]
                return None
            return session

    def _rows(self, store: dict[str, Session]) -> int:
        with self.server.lock:
            if not self.server.faults.keeps_rows:
                for sid in list(store):
                    self._found(store, sid)
            return len(store)

    def _opened(self, store: dict[str, Session]) -> tuple[str, Session]:
        with self.server.lock:
            self.server.ids += 1
            sid = f"s{self.server.ids}"
            store[sid] = Session()
            return sid, store[sid]

    def _hold(self, query: dict[str, str]) -> None:
        time.sleep(min(int(query.get("hold", 0)), 1000) / 1000)

    def _write(
        self, store: dict[str, Session], sid: str, session: Session | None, query: dict[str, str], key: str
    ) -> tuple[int, dict[str, Any], str]:
        faults, new = self.server.faults, ""
        if session is None:
            sid, session = self._opened(store)
            new = sid
        before = dict(session.data)
        self._hold(query)
        with self.server.lock:
            self.server.writes += 1
            refused = faults.due(faults.writes_anyway, self.server.writes)
            if session.dead:
                if faults.revives_after:
                    threading.Timer(faults.revives_after, store.setdefault, (sid, Session(before))).start()
                if not faults.write_revives:
                    return 409, {"error": "logged out"}, ""
                store[sid] = session = Session(before)
            if faults.blobs:
                session.data = before
            if key == "n":
                twice = faults.due(faults.doubles, self.server.writes)
                session.data["n"] = session.data.get("n", 0) + 1 + twice
            else:
                session.data[key] = query["value"]
            session.past.append((time.monotonic(), dict(session.data)))
            return (409, {"error": "refused"}, new) if refused else (200, {"n": session.data.get("n", 0)}, new)

    def _set(
        self, store: dict[str, Session], sid: str, session: Session | None, query: dict[str, str]
    ) -> tuple[int, dict[str, Any], str]:
        return self._write(store, sid, session, query, query["key"])

    def _count(
        self, store: dict[str, Session], sid: str, session: Session | None, query: dict[str, str]
    ) -> tuple[int, dict[str, Any], str]:
        return self._write(store, sid, session, query, "n")

    def _read(
        self, store: dict[str, Session], sid: str, session: Session | None, query: dict[str, str]
    ) -> tuple[int, dict[str, Any], str]:
        faults, data = self.server.faults, dict(session.data) if session else {}
        if session is not None and faults.late and self.server.writes > faults.calm:
            known = [held for at, held in session.past if at < time.monotonic() - faults.late]
            data = dict(known[-1]) if known else {}
        self._hold(query)
        with self.server.lock:
            self.server.reads += 1
            if faults.due(faults.leaks, self.server.reads) and (others := [at for at in store if at != sid]):
                data = dict(store[others[-1]].data)
            elif session is not None and faults.reads_write and not session.dead:
                session.data = dict(data)
            elif session is not None and faults.read_revives and session.dead:
                store[sid] = Session(data)
        n = data.pop("n", 0)
        return 200, {"n": n, "keys": data}, ""

    def _logout(
        self, store: dict[str, Session], sid: str, session: Session | None, query: dict[str, str]
    ) -> tuple[int, dict[str, Any], str]:
        with self.server.lock:
            if session is not None and not self.server.faults.signed:
                session.dead = True
                store.pop(sid, None)
        return 200, {}, "gone; Max-Age=0"

    def _answer(self, status: int, said: dict[str, Any], new: str = "") -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if new and self.server.faults.cookie is not None:
            self.send_header("Set-Cookie", f"sid={new}; Path=/; HttpOnly{self.server.faults.cookie}")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def plain(faults: Faults | None = None) -> Iterator[Plain]:
    """A server with these faults, until the end of the block."""
    server = Plain(faults or Faults())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
