"""What happened, and what to do, where threads wait for ever, or a signal does not reach the one that waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .causes import Cause
from .moments import Moment, at
from .names import MISSED_SIGNAL
from .trace import Trace, Wait
from .words import waiting

RELEASE_FIRST: Final = "Do not wait while holding a lock that others need before that wait can end: release it first."
MAKE_SURE: Final = "Make sure that what they wait for always comes, or wait with a time-out."
SPLIT: Final = "Use an RLock, or split off a method that expects the lock to be held and call that one."
REMEMBER: Final = "Keep what has happened in a variable, and test that under the lock before waiting."


@dataclass(frozen=True, slots=True)
class WaitStory:
    """See the module: a method for each name."""

    trace: Trace
    cause: Cause
    moments: tuple[Moment, ...]

    def deadlock(self) -> tuple[str, str]:
        """A ring, or a wait for what never comes."""
        waits = self.cause.waits
        titles = " and ".join(sorted({self.trace.title(wait.primitive) for wait in waits}))
        if len(waits) > 1 and all(wait.holders for wait in waits):
            return self.standstill(), f"take {titles} in one order everywhere, or use one lock."
        return self.standstill(), RELEASE_FIRST if any(wait.holders for wait in waits) else MAKE_SURE

    def self_deadlock(self) -> tuple[str, str]:
        """A lock that is taken twice."""
        return self.standstill(), SPLIT

    def wake_up(self) -> tuple[str, str]:
        """A signal that does not reach the one that waits."""
        signal = self.cause.signals[-1]
        if not self.cause.waits:
            look, change, clear = self.moments
            title = self.trace.title(clear.touch.thing)
            told = (
                f"{look.read}. Then {change.wrote}, and set {title}. {look.who} cleared {title} in {clear.at} without "
                f"another look, and the signal was gone."
            )
            return told, f"clear {title} before looking at {change.place}, and not after it."
        wait = self.cause.waits[0]
        title = self.trace.title(wait.primitive)
        given = f"{self.trace.steps[signal].task} gave a signal in step {signal + 1}"
        if self.cause.name == MISSED_SIGNAL:
            return f"{given}, before {wait.task} waited, and nothing remembers it. {self.standstill()}", REMEMBER
        if self.moments and not self._was_waiting(wait, signal):
            first, other = self.moments
            told = f"{first.tested}. Then {other.wrote}, and {given}; {first.who} did not test again before it waited."
            fix = f"Clear {title} before the test, and not after it."
            if not wait.primitive.startswith("event"):
                fix = (
                    f"Test, and change what is tested, while holding {title}, and wait in a while loop around the test."
                )
            return f"{told} {self.standstill()}", fix
        told = f"{given}, but that woke another thread, which had no use for it or was quicker. {self.standstill()}"
        return told, f"use notify_all(), or a condition of its own for each thing that is waited for on {title}."

    def _was_waiting(self, wait: Wait, signal: int) -> bool:
        """Whether it waited already when the signal was given."""
        before = self.trace.steps[signal - 1].waits if signal else ()
        return any((one.task, one.primitive) == (wait.task, wait.primitive) for one in before)

    def standstill(self) -> str:
        """Who waits for what, where."""
        waits = [f"{wait.task} {waiting(self.trace, wait)} ({at(wait.line)})" for wait in self.cause.waits]
        return f"{'; '.join(waits)}."
