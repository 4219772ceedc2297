"""What a finding comes from: its name, and the accesses and waits that show it."""

from __future__ import annotations

from dataclasses import dataclass

from .interleavings import Event
from .trace import Wait


@dataclass(frozen=True, slots=True)
class Cause:
    """See the module.

    Attributes:
        name: a key of `names.NAMES`.
        events: the accesses, in the order of the schedule unless the name says otherwise.
        locks: the names of locks that were held, the first call's first.
        waits: of threads that wait for ever.
        signals: the steps, from 0 on, that gave the signal that was waited for.
    """

    name: str
    events: tuple[Event, ...] = ()
    locks: tuple[str, ...] = ()
    waits: tuple[Wait, ...] = ()
    signals: tuple[int, ...] = ()

    def is_told(self) -> bool:
        """Whether all of it is in the author's lines: what Python's own code does in a thread of its own is not."""
        return all(event.touch.line is not None for event in self.events)
