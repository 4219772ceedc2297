"""The settings of web sessions: every key of the app's configuration, its default, and its valid values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..databases import without_password
from ..sessions.stores import MOST_SESSIONS, is_store_url

DEFAULTS: dict[str, Any] = {
    "SESSION_STORE": None,  # where the sessions are: a URL
    "SESSION_PERMANENT": True,  # whether a session outlives the browser if the app says nothing
    "SESSION_USE_SIGNER": False,  # whether the id in the cookie is signed
    "SESSION_KEY_PREFIX": "session:",  # before the names of keys and tables
    "SESSION_MAX_SESSIONS": MOST_SESSIONS,  # open and waiting for cleanup; beyond it a new one gets 503
    "SESSION_CLEANUP_INTERVAL": 60.0,  # seconds between two cleanup cycles
}
WANTED = (
    "memory: (one process, gone with it), sqlite:///FILE (one process), redis://HOST:6379/0, or "
    "postgresql+psycopg://USER@HOST/NAME"
)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """See `DEFAULTS`."""

    store: str
    permanent: bool
    use_signer: bool
    key_prefix: str
    max_sessions: int
    cleanup_interval: float


def read_session_settings(config: Mapping[str, Any]) -> SessionSettings:
    """The settings, each checked.

    Raises:
        ValueError: with a sentence that says which key, and what would do.
    """
    found = {name: config.get(name, default) for name, default in DEFAULTS.items()}
    if found["SESSION_STORE"] is None:
        theirs = (
            " SESSION_TYPE is a setting of Flask-Session, and means nothing here." if "SESSION_TYPE" in config else ""
        )
        raise ValueError(f"SESSION_STORE is missing: where are the sessions? {WANTED}.{theirs}")
    for name, (check, wanted) in CHECKS.items():
        if not check(found[name]):
            given = found[name]
            shown = without_password(given) if isinstance(given, str) else given
            raise ValueError(f"{name} must be {wanted}; got {shown!r}.")
    return SessionSettings(**{name.removeprefix("SESSION_").lower(): value for name, value in found.items()})


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object, least: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value < float("inf")


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "SESSION_STORE": (is_store_url, f"one of {WANTED}"),
    "SESSION_PERMANENT": (_is_flag, "true or false"),
    "SESSION_USE_SIGNER": (_is_flag, "true or false"),
    "SESSION_KEY_PREFIX": (lambda v: isinstance(v, str) and v != "", "a text of 1 to 40 letters, digits and _ . : -"),
    "SESSION_MAX_SESSIONS": (lambda v: isinstance(v, int) and _is_number(v, 1), "a whole number above 0"),
    "SESSION_CLEANUP_INTERVAL": (lambda v: _is_number(v, 0.01), "a number of seconds, 0.01 or more"),
}
