"""What an engine can answer instead of a result: *refused*, which changed nothing, or *unknown*."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from ..databases import CannotOpen, DatabaseUnavailable
from ..model import SessionError

MOST_ATTEMPTS = 4
MOST_SECONDS = 2.0
"""After which no further attempt begins."""

T = TypeVar("T")


class EngineRefused(SessionError):
    """The engine certainly changed nothing.

    Args:
        engine: its name for a reader.
        error: what it said, or why it could not be reached.
        soon: whether another attempt may succeed in a moment.
    """

    def __init__(self, engine: str, error: BaseException, soon: bool = False) -> None:
        self.soon = soon
        super().__init__(f"{engine} refused ({_first_line(error)}). Nothing was changed; try again.")


class EngineSilent(DatabaseUnavailable):
    """The request was sent, and no answer came: nobody knows whether it took effect."""

    def __init__(self, engine: str, error: BaseException) -> None:
        SessionError.__init__(
            self,
            f"{engine} did not answer ({_first_line(error)}). The change may have taken effect, or may still do so.",
        )


class EngineAway(CannotOpen):
    """The engine cannot be used at all when the managers start."""

    def __init__(self, engine: str, place: str, error: BaseException, setting: str) -> None:
        SessionError.__init__(
            self,
            f"{engine} at {place} cannot be used ({_first_line(error.__cause__ or error)}). Start it, or name another "
            f"one: SESSION_MANAGER_{setting}, which is RACELAB_SESSION_MANAGER_{setting} for the lab.",
        )


def once_more(call: Callable[[], T], reads: bool) -> T:
    """Call, and call again a few times if that can have no second effect.

    Args:
        call: raises one of the two errors above.
        reads: whether it changes nothing, so that it may be asked again also after silence.

    Raises:
        EngineRefused, EngineSilent: of the last attempt.
    """

    def may_be_repeated(error: BaseException) -> bool:
        return (isinstance(error, EngineRefused) and error.soon) or (reads and isinstance(error, EngineSilent))

    try:
        return call()
    except (EngineRefused, EngineSilent) as error:
        if not may_be_repeated(error):
            raise
    attempts = Retrying(
        retry=retry_if_exception(may_be_repeated),
        stop=stop_after_attempt(MOST_ATTEMPTS - 1) | stop_after_delay(MOST_SECONDS),
        wait=wait_random_exponential(0.05, max=0.5),
        reraise=True,
    )
    return attempts(call)


def _first_line(error: BaseException) -> str:
    said = getattr(error, "orig", None) or error
    return (str(said).strip() or type(error).__name__).splitlines()[0]
