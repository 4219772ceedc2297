"""The fixed manager as a reader's own, with members of one's own: what tests break in one way each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from racelab.explorer.kernel.subject import Maker
from session_manager import fixed

Right = fixed.SessionManager


def right(**members: Any) -> Maker:
    """The fixed manager as a reader's own, with some members of one's own."""
    return type("Mine", (Right,), {"__module__": __name__, **members})


def with_init(prepare: Callable[[Any], None], **members: Any) -> Maker:
    """The same, prepared when it is made."""

    def made(self: Any, database: Any, runtime: Any) -> None:
        Right.__init__(self, database, runtime)
        prepare(self)

    return right(__init__=made, **members)


def a_lock(self: Any) -> None:
    self.own = self._runtime.lock("own", [0])


def always(manager: Any) -> bool:
    return True
