"""The functions of SQLite that tell the time or draw random numbers: what they say is the same in every execution.

Time stands still in a database: it is always that of the beginning. Random numbers are drawn by `chance`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final

from racelab.explorer.kernel.clock import START
from racelab.explorer.kernel.threads import here

from .chance import draw, random_bytes

STANDS_STILL: Final = "The time that SQLite tells stands still."
_KEYWORDS: Final = {"current_date": "date", "current_time": "time", "current_timestamp": "datetime"}
_OF_TIME: Final = ("date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff")
_plain: Final = sqlite3.connect(":memory:", check_same_thread=False)


def replace_functions(connection: sqlite3.Connection) -> None:
    """Put them in place of SQLite's own.

    Args:
        connection: which has just been opened.
    """
    create = sqlite3.Connection.create_function
    for name in _KNOWN:
        create(connection, name, -1, _at_the_beginning(name), deterministic=True)
    for name, function in _KEYWORDS.items():
        create(connection, name, 0, _at_the_beginning(function), deterministic=True)
    create(connection, "random", 0, lambda: draw().getrandbits(64) - 2**63)
    create(connection, "randomblob", 1, lambda size: random_bytes(max(int(size or 0), 1)))


def _is_known(name: str) -> bool:
    """Whether this SQLite has it: some came late."""
    try:
        _plain.execute(f"SELECT {name}('now', 'now')")
    except sqlite3.OperationalError as error:
        return "no such function" not in str(error)
    return True


def _at_the_beginning(name: str) -> Callable[..., Any]:
    """SQLite's own function, for which it is always the same moment."""
    takes_format = name == "strftime"

    def function(*arguments: Any) -> Any:
        given = list(arguments)
        if len(given) == takes_format:
            given.append("now")  # what it means when it is left out
        if any(isinstance(one, str) and one.lower() == "now" for one in given):
            if here.memory is not None:
                here.memory.places.assumed.add(STANDS_STILL)
            given = [_BEGINNING if isinstance(one, str) and one.lower() == "now" else one for one in given]
        places = ", ".join("?" * len(given))
        return _plain.execute(f"SELECT {name}({places})", given).fetchone()[0]

    return function


_BEGINNING: Final = str(_plain.execute("SELECT datetime(?, 'unixepoch')", (START,)).fetchone()[0])
_KNOWN: Final = tuple([name for name in _OF_TIME if _is_known(name)])
