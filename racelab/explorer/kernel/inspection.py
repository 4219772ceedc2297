"""What is looked at when a manager is set up: whether it holds anything real, and anything of earlier executions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .guard import NotModelled
from .look import refuse_real_parts
from .outliving import Outliving

Held = Callable[[], Iterable[object]]


class Inspection:
    """Call it with the manager of each execution of one exploration, after set-up and before any task begins.

    When all are done, call `once_more`, set up one world more and call it with that world's manager as well: what the
    last execution has changed would go unseen until the next exploration.

    Args:
        also: what all executions share, such as what makes the managers.
    """

    def __init__(self, *also: object) -> None:
        self._also = also
        self._outliving: Outliving | None = None
        self._latest: tuple[object, Held] | None = None

    def __call__(self, manager: object, held: Held) -> None:
        """Look into the first manager, and at what outlives it; at each later one, whether that has changed.

        Args:
            manager: who was set up.
            held: gives what lies behind its locks, and what its threads run.

        Raises:
            NotModelled: it holds something real, or something has changed.
        """
        self._latest = manager, held
        if self._outliving is None:
            refuse_real_parts(manager, *self._also, *held())
            self._outliving = Outliving.of(manager, *self._also)
            told = self._outliving.left_over()
        else:
            told = self._outliving.difference()
        if told:
            raise NotModelled("", told)

    def changed(self) -> str:
        """What outlives the manager and has been changed since it was set up; empty if nothing has."""
        return self._outliving.changed() if self._outliving is not None else ""

    def once_more(self) -> None:
        """At the end of the exploration: what the operations have made meanwhile may hold something real.

        Raises:
            NotModelled: it does.
        """
        if self._latest is not None:
            manager, held = self._latest
            refuse_real_parts(manager, *self._also, *held())
