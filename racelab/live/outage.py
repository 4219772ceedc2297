"""What a task that is repeated says when it fails: one line when an outage begins, and one when it is over."""

from __future__ import annotations

import logging
from datetime import datetime

from session_manager.model import SessionError
from session_manager.web.surprises import Surprises

from ..promises import steady
from .events import Events

log = logging.getLogger(__name__)


class Outage:
    """The engine or the database that a repeated task needs, as far as the task knows.

    Attributes:
        reason: why the last attempt failed, in a sentence; empty if it did not.
        since: Unix time of the first attempt of those that fail; 0 if none does.

    Args:
        events: where it is told.
    """

    def __init__(self, events: Events) -> None:
        self._events = events
        self._surprises = Surprises()
        self.reason = ""
        self.since = 0.0

    def failed(self, error: Exception) -> None:
        """An attempt failed. An error that nobody expects is told with its traceback, once for each place."""
        if isinstance(error, SessionError):
            if not self.since:
                self.since = steady.now()
                words = f"The engine is away, and the lab tries again until it answers. {error}"
                self._events.say(logging.WARNING, "engine_away", words, reason=str(error))
            self.reason = str(error)
            return
        if self._surprises.is_new(error):
            log.error("A sample failed; sampling continues. The same error is not told again.", exc_info=error)

    def over(self) -> None:
        """An attempt succeeded."""
        if self.since:
            seconds = round(steady.now() - self.since, 1)
            self.since, self.reason = 0.0, ""
            words = f"The engine answers again, after {seconds:g} s."
            self._events.say(logging.WARNING, "engine_back", words, seconds=seconds)

    def sentence(self) -> str:
        """What a page says of it; empty if there is none."""
        since = self.since
        if not since:
            return ""
        at = datetime.fromtimestamp(since).astimezone().strftime("%H:%M:%S")
        return f"The engine has been away since {at}. The lab tries again several times a second."
