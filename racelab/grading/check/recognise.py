"""Finds out which routes a server has, or says what it is instead and what to do next."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult

from .module import Module
from .routes import HEADERS, Routes, seen
from .settings import ProtocolName
from .site import OK, Site
from .wire import Reply, Wire

BASE = "/race"
SNIPPETS = (
    "Paste the routes for your framework into the app: flask_routes.py, django_routes.py, fastapi_routes.py or"
    " express_routes.js, in racelab/grading/snippets/ (docs/check.md shows them)."
)


class Unrecognised(Exception):
    """It has neither protocol; the message says what happened, why, and what to do next."""


def recognise(wire: Wire, parts: SplitResult, protocol: ProtocolName) -> Site:
    """The protocol of a server.

    Raises:
        Unrecognised: it has none that was asked for.
    """
    path = parts.path.rstrip("/")
    base = path or BASE
    if protocol == "module":
        return _module(wire, path)
    reply = wire.send("GET", f"{base}/read?hold=0", HEADERS)
    if reply.status in OK and seen(reply.json()) is not None:
        return Routes(wire, base)
    if protocol == "auto" and reply.status and _has_module(wire.send("GET", f"{path}/health", HEADERS)):
        return Module(wire, path)
    raise Unrecognised(_why_not(reply, f"GET {base}/read", base))


def _module(wire: Wire, path: str) -> Site:
    reply = wire.send("GET", f"{path}/health", HEADERS)
    if _has_module(reply):
        return Module(wire, path)
    seen_instead = reply.trouble or f"It answered {reply.status}."
    raise Unrecognised(
        f"GET {path}/health does not answer as the six routes of the original do. {seen_instead} With this lab, the"
        " address ends with the name of a manager, such as /buggy or /fixed."
    )


def _has_module(reply: Reply) -> bool:
    said: Any = reply.json()
    metrics = said.get("metrics") if isinstance(said, dict) else None
    return reply.status in OK and isinstance(metrics, dict) and "cleanup_queue_size" in metrics


def _why_not(reply: Reply, what: str, base: str) -> str:
    if not reply.status:
        return f"{what}: {reply.trouble} {_network(reply.trouble)}"
    if reply.status == 404:
        return (
            f"{what} answered 404: this server does not have the four routes under {base}. {SNIPPETS} If they are under"
            " another path, add it to the address."
        )
    if 300 <= reply.status < 400:
        return (
            f"{what} answered {reply.status}, a redirect to {reply.location[:100] or 'nowhere'}. The routes must answer"
            f" by themselves: before any login page, and at the address that you give. {SNIPPETS}"
        )
    if reply.status in (401, 403, 407):
        return f"{what} answered {reply.status}: the server wants a login first. Put the routes before it. {SNIPPETS}"
    if reply.status >= 500:
        return f"{what} answered {reply.status}: the route, or the session behind it, fails. Read the server's log."
    kind = "an HTML page" if reply.is_page else "something else"
    return (
        f'{what} answered {reply.status} with {kind}, not with JSON like {{"n": 0, "keys": {{}}}}. Another program'
        f" answers here, or the route is another one. {SNIPPETS}"
    )


def _network(trouble: str) -> str:
    if "TLS" in trouble:
        return "If the server speaks plain HTTP, write http://. A certificate must be one that this computer trusts."
    if "refused" in trouble:
        return "Start the server first, or look for a slip in host and port."
    if "name" in trouble:
        return "Look for a slip in the address."
    return "Look whether the server is running, and whether it speaks HTTP at this address (https:// if it uses TLS)."
