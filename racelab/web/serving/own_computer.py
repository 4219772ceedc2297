"""Whether a request surely comes from this computer: only then may it have code run.

What the lab cannot know counts against the request: a proxy that says nothing of itself may stand on this computer and
let others in, so anything that a browser on this computer does not do is refused.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any, Final

from flask import Request

FORWARDED: Final = ("Forwarded", "Via", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
"""What proxies add."""
OLD: Final = "HTTP/1.0"
"""Browsers have not spoken it for decades; nginx does to what is behind it, unless told otherwise."""


def why_not(config: Mapping[str, Any]) -> str:
    """Why no request of this server may have code run; empty if some may.

    Args:
        config: of the app.
    """
    if os.environ.get("RACELAB_ALLOW_REMOTE") == "1":
        return "Other computers may reach this lab (class --share, or RACELAB_ALLOW_REMOTE=1)."
    if config["PROXIES"]:
        return "A proxy stands before this lab (RACELAB_PROXIES)."
    if config["HOSTS"]:
        return "This lab answers under other names than this computer's (RACELAB_HOSTS)."
    if "RACELAB_RUN" in os.environ:
        return "Several workers serve this lab (RACELAB_WORKERS), and each would run a grade of its own."
    return ""


def why_not_now(asked: Request) -> str:
    """Why this request may not; empty if it may."""
    if sent := [name for name in FORWARDED if name in asked.headers]:
        return f"This request came through a proxy: it has the header {sent[0]}."
    if asked.environ.get("SERVER_PROTOCOL") == OLD:
        return "This request came through a proxy: it speaks HTTP/1.0, which no browser does."
    try:
        here = ipaddress.ip_address(asked.remote_addr or "").is_loopback
    except ValueError:
        here = False
    return "" if here else "This request does not come from a loopback address of this computer."
