"""What can be watched at every step, and not only at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernel.runtime import ModelledLock

if TYPE_CHECKING:
    from .world import World


@dataclass(frozen=True, slots=True)
class Watch:
    """Something that has to hold after every step.

    Attributes:
        holds: whether it does, in that world, now.
        sentence: what it means when it does not.
    """

    holds: Callable[[World], bool]
    sentence: str


def three_counts(world: World) -> tuple[int, int, int]:
    """The store, the statistics, and the rows that do not wait for cleanup."""
    held, census = world.manager.counts(), world.manager.census()
    return held.store, held.statistics, len(world.database.ids() - {*census.queue, *census.dead_letters})


def counts_agree(world: World) -> bool:
    """All three are the same."""
    return len(set(three_counts(world))) == 1


def every_session_is_counted(world: World) -> bool:
    """The store and the statistics say the same."""
    store, statistics, _ = three_counts(world)
    return store == statistics


def nobody_waits_for_a_cycle(world: World) -> bool:
    """Whoever wants a lock may have to wait for one database call of its holder, not for one after another."""
    waiting = [task.pending.on for task in world.runtime.tasks if task.pending is not None and not task.ready()]
    return all(lock.writer.asked < 2 for lock in waiting if isinstance(lock, ModelledLock) and lock.writer is not None)


WATCHES: dict[str, Watch] = {
    "counts-differ": Watch(counts_agree, "Between two steps the three counts differ."),
    "uncounted-session": Watch(every_session_is_counted, "Between two steps the store and the statistics differ."),
    "three-counts": Watch(lambda world: len(set(three_counts(world))) < 3, "At one moment all three counts differ."),
    "delete-waits": Watch(nobody_waits_for_a_cycle, "A task waits while another asks the database again and again."),
    "built-twice": Watch(lambda world: len(world.built) < 2, "The value was built twice."),
}
