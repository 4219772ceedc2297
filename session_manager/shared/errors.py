"""What an engine can answer instead of a result: *refused*, which changed nothing, or *unknown*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from ..databases import CannotOpen, DatabaseUnavailable, without_password
from ..model import SessionError

MOST_ATTEMPTS = 4
MOST_SECONDS = 2.0
"""After the first attempt; then no further one is planned."""
LONGEST_WAIT = 0.5
LONGEST_RETRIES = MOST_SECONDS + LONGEST_WAIT
"""Seconds between the end of the first attempt and the beginning of the last."""

T = TypeVar("T")


class EngineRefused(SessionError):
    """The engine certainly changed nothing.

    Args:
        engine: its name for a reader.
        error: what it said, why it could not be reached, or why a read got no answer.
        soon: whether another attempt may succeed in a moment.
    """

    def __init__(self, engine: str, error: BaseException, soon: bool = False) -> None:
        self.engine, self.soon = engine, soon
        super().__init__(f"{engine} did not do it ({_first_line(error)}). Nothing was changed; try again.")


class EngineSilent(DatabaseUnavailable):
    """The request was sent, and no answer came: nobody knows whether it took effect."""

    def __init__(self, engine: str, error: BaseException) -> None:
        self.engine = engine
        SessionError.__init__(
            self,
            f"{engine} did not answer ({_first_line(error)}). The change may have taken effect, or may still do so.",
        )


class EngineHalfway(EngineSilent):
    """It has stopped in the middle: what was done before is not taken back."""

    def __init__(self, engine: str, error: BaseException) -> None:
        self.engine = engine
        SessionError.__init__(
            self, f"{engine} stopped in the middle ({_first_line(error)}). A part of the change may have taken effect."
        )


@contextmanager
def half_done() -> Iterator[None]:
    """Another step of the same operation was done before this one, so no refusal in here is definite."""
    try:
        yield
    except EngineRefused as error:
        raise EngineHalfway(error.engine, error.__cause__ or error) from error


class EngineAway(CannotOpen):
    """The engine cannot be used at all when the managers start.

    Attributes:
        problem: what it is, without what to do, for those who name their engine in another way.
    """

    def __init__(self, engine: str, place: str, error: BaseException, setting: str) -> None:
        self.problem = (
            f"{engine} at {without_password(place)} cannot be used ({_first_line(error.__cause__ or error)})."
        )
        SessionError.__init__(
            self,
            f"{self.problem} Start it, or name another one: --{setting.lower()} URL, or SESSION_MANAGER_{setting}, "
            f"which is RACELAB_SESSION_MANAGER_{setting} for the lab.",
        )


class OtherShards(CannotOpen):
    """The stored sessions are spread over another number of shards: most of them would not be found."""

    def __init__(self, prefix: str, kept: str, wanted: int) -> None:
        SessionError.__init__(
            self,
            f"There are sessions under {prefix}, spread over {kept} shards, and SESSION_MANAGER_SHARDS is {wanted}: "
            f"most of them would not be found. Set it to {kept} (RACELAB_SESSION_MANAGER_SHARDS for the lab), or take "
            "another SESSION_MANAGER_PREFIX.",
        )


def once_more(call: Callable[[], T], reads: bool) -> T:
    """Call, and call again a few times if that can have no second effect.

    Args:
        call: raises one of the two errors above.
        reads: whether it changes nothing, so that it may be asked again also after silence.

    Raises:
        EngineRefused, EngineSilent: of the last attempt. A read is never of unknown outcome.
    """

    def may_be_repeated(error: BaseException) -> bool:
        return (isinstance(error, EngineRefused) and error.soon) or (reads and isinstance(error, EngineSilent))

    def call_again() -> T:
        attempts = Retrying(
            retry=retry_if_exception(may_be_repeated),
            stop=stop_after_attempt(MOST_ATTEMPTS - 1) | stop_after_delay(MOST_SECONDS),
            wait=wait_random_exponential(0.05, max=LONGEST_WAIT),
            reraise=True,
        )
        return attempts(call)

    try:
        try:
            return call()
        except (EngineRefused, EngineSilent) as error:
            if not may_be_repeated(error):
                raise
        return call_again()
    except EngineSilent as error:
        if reads:
            raise EngineRefused(error.engine, error.__cause__ or error) from error
        raise


def _first_line(error: BaseException) -> str:
    said = getattr(error, "orig", None) or error
    return (str(said).strip() or type(error).__name__).splitlines()[0]
