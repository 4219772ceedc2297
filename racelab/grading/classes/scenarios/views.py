"""A session as a class of the reader's returns it, in the form that the checker compares."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from racelab.checker import SessionView

NEEDED: Final = ("access_count", "metadata")
"""The fields without which nothing could be lost."""
Fields = dict[str, Hashable]


def fields_of(value: Hashable) -> Fields:
    """The fields of an object, or the items of a dictionary; by their names, without underscores in front.

    Args:
        value: as `answers.comparable` tells it: its class, and then pairs.
    """
    parts = value[1:] if isinstance(value, tuple) else ()
    pairs = [part for part in parts if type(part) is tuple and len(part) == 2 and isinstance(part[0], str)]
    return {str(name).lstrip("_"): field for name, field in pairs}


def view_of(value: Hashable, asked: SessionView) -> SessionView | None:
    """The session; None if a field is missing that the checker needs.

    Args:
        value: as `answers.comparable` tells it.
        asked: which session it should be. What the class does not keep is taken from there.
    """
    fields = fields_of(value)
    metadata = fields.get("metadata")
    count = fields.get("access_count")
    if not isinstance(metadata, tuple) or metadata[0] not in ("dict", "defaultdict", "OrderedDict"):
        return None
    if not isinstance(count, int):
        return None
    keys = [part for part in metadata[1:] if type(part) is tuple and len(part) == 2]
    session_id = fields.get("session_id")
    return SessionView(
        str(session_id) if isinstance(session_id, str | int) else asked.session_id,
        str(fields.get("user_id", asked.user_id)),
        str(fields.get("username", asked.username)),
        count,
        tuple(sorted((str(key), str(text)) for key, text in keys)),
        fields.get("is_authenticated", ("bool", "True")) == ("bool", "True"),
    )


def number_of(value: Hashable) -> int | None:
    """The number of open sessions that statistics tell; None if they do not."""
    told = fields_of(value).get("active_sessions", value)
    return told if isinstance(told, int) else None
