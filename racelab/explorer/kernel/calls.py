"""One operation of a task, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from greenlet import GreenletExit

from session_manager.model import SessionData, SessionError, SessionStats

from .guard import NotModelled, refuse_coroutine


class CannotDecide(BaseException):
    """An exploration that has no answer, and why. No manager's `except Exception` may swallow this."""


OURS = (CannotDecide, NotModelled, GreenletExit, KeyboardInterrupt)
"""What ends an exploration, or a task that is given up. Any other error is the operation's own."""


@dataclass(slots=True)
class Call:
    """See the module.

    Attributes:
        called, returned: the step at which it began and after which it was answered; None if it was not.
        before: how many operations of each task had been answered when it began.
        answer: `ok`; `refused` if a definite error said that nothing was changed; `unknown` otherwise.
        value: what it returned, or the name of the error's class.
        error: what it raised; `crash` is the same if no caller should see it.
        given: the very object that was returned; `value` is what it said at that moment.
        points: how many scheduling points it has met, once it was answered.
    """

    method: str
    arguments: tuple[str, ...]
    run: Callable[[], object]
    called: int | None = None
    returned: int | None = None
    before: tuple[int, ...] = ()
    answer: Literal["ok", "refused", "unknown"] = "unknown"
    value: object = None
    error: BaseException | None = None
    given: object = None
    points: int = 0

    @property
    def crash(self) -> BaseException | None:
        """An error that no caller should see."""
        return None if isinstance(self.error, SessionError) else self.error

    def __str__(self) -> str:
        return f"{self.method}({', '.join(self.arguments)})"

    def perform(self) -> None:
        """Do it, and keep the answer."""
        try:
            self.given = self.run()
            refuse_coroutine(self.given, self.method)
            self.value = self.given.copy() if isinstance(self.given, (SessionData, SessionStats)) else self.given
            self.answer = "ok"
        except OURS:
            raise
        except BaseException as error:  # noqa: BLE001 - a finding, not the end of the exploration
            self.value, self.error = type(error).__name__, error
            if isinstance(error, SessionError) and error.definite:
                self.answer = "refused"
