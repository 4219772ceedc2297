"""What the tasks of one execution share: objects and their cells, who touched which last, and what is ordered.

A cell is one location: an attribute, an item, a global variable, or all of a container. Each access is recorded with
the vector clock of its task, so that conflicting accesses which nothing orders are recognised (happens-before: Lamport,
"Time, clocks, and the ordering of events in a distributed system", CACM 1978; the sets of locks that protect a cell:
Savage et al., "Eraser", TOCS 1997).

What tasks share is compared by what was *read* (see `states`), never of an object's content: each task's chain of
reads, and for each cell that a task has written a number of its content. Plain values are their own content. Another
object is known by its name, which is the same in every execution that its maker could not tell from this one. Anything
that was looked at before a task stopped would make states unsound: hooks call `gate` first, and look afterwards.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Final, cast

from .cells import (
    ATOMS,
    BOTH,
    CHANGE,
    LEAVES,
    READ,
    UNKNOWN,
    WHOLE,
    WRITE,
    Access,
    Actor,
    Cell,
    Orders,
    Thing,
    parts_of,
)
from .clock import Clock, Reader, Times
from .mortals import Mortals
from .places import DOUBT, MOVING, Places
from .tasks import Stage

SIGNED: Final = (float, complex, range)
"""Of these some are equal that are not the same: two zeros, all ranges without a number."""
LOOKS: Final = (READ, BOTH)
BESIDE_SET_UP: Final = "Set-up goes on beside a thread that it has started, and both touch the same."
MOST_REACHED: Final = 400
"""Objects that one stored value may lead to, and get names."""


class Memory:
    """See the module.

    Args:
        stage: of the execution that it belongs to.
        places: what is known from earlier executions.
        times: what is to be read from the clock: see `Clock`.

    Attributes:
        things: every object that has a name, by `id`.
        primitives: locks and the like, in the order in which they were made.
        grown: whether a place was found to be racy that was not known to be, so that all has to begin anew.
        clock: modelled; tasks read it by `now`.
        crashes: exceptions that ended threads of the class's own, in words.
        mortals: objects whose end runs code of the author's.
        swapped: for objects whose dictionary of attributes tasks have replaced, what stands for having that one.
        identified: names of the objects whose `id` was asked for.
        trace: notes of accesses, if somebody wants to tell them.
    """

    def __init__(self, stage: Stage, places: Places, times: Times = ()) -> None:
        self.stage, self.places = stage, places
        self.things: dict[int, Thing] = {}
        self.primitives: list[Orders] = []
        self.grown = False
        self.clock = Clock(times)
        self.crashes: tuple[str, ...] = ()
        self.mortals = Mortals()
        self.swapped: dict[int, object] = {}
        self.identified: set[str] = set()
        self.trace: list[Access] | None = None
        self.number = places.number
        self._racy, self._free_threaded = places.racy, places.free_threaded
        self._touched: list[tuple[str, str, Cell]] = []
        self._made: dict[str, int] = {}
        self._kept: list[object] = []
        stage.shared = self

    # Names

    def new_name(self, task: Actor | None) -> str:
        """A name for what this task makes next: with what the task knew, on which the content depends."""
        maker = task.name if task is not None and task.index else ""
        number = self._made[maker] = self._made.get(maker, 0) + 1
        if not maker or task is None:
            return f"{maker}{number}"
        return f"{maker}{number}.{self.places.number((task.local, tuple(task.seen), task.sync))}"

    def thing(self, value: object, task: Actor | None) -> Thing:
        """The object as a shared thing."""
        found = self.things.get(id(value))
        if found is None:
            found = self.things[id(value)] = Thing(value, self.new_name(task))
        return found

    def same(self, value: object, names: dict[str, Any], task: Actor | None) -> None:
        """An object and the dictionary of its attributes are one thing."""
        found = self.thing(value, task)
        if id(names) not in self.things:
            self.things[id(names)] = found
            self._kept.append(names)

    def adopt(self, value: object, task: Actor | None) -> None:
        """It is stored where others may find it: from now on it, and what it holds, have names."""
        if type(value) in ATOMS or id(value) in self.things or issubclass(type(value), LEAVES):
            return
        waiting, many = [value], 0
        while waiting and many < MOST_REACHED:
            one = waiting.pop()
            if type(one) in ATOMS or id(one) in self.things or issubclass(type(one), LEAVES):
                continue
            many += 1
            self.things[id(one)] = Thing(one, self.new_name(task))
            waiting += parts_of(one)

    # Accesses

    def gate(self, task: Actor, site: int) -> None:
        """Before an operation, once, and before anything is looked at: here the task may have to stop."""
        if site in self._racy and task.index:
            if task.fresh or self._free_threaded:
                task.fresh = task.doubt = False
                task.site = site
                task.pause(self.places.point(site))
            elif task.doubt:
                self.places.gaps[DOUBT] += 1

    def mark(  # noqa: C901, PLR0912, PLR0915 - the hot path: every call that is saved counts
        self, task: Actor, value: object, key: Any, access: int, site: int, content: object = UNKNOWN
    ) -> None:
        """The task looks at or changes a location.

        Args:
            value: the object; key: of the attribute or item, or `WHOLE`.
            access: `READ`, `WRITE`, `BOTH` or `CHANGE`.
            site: the place in the source.
            content: what is there afterwards, if that is known.
        """
        thing = self.things.get(id(value))
        if thing is None:
            thing = self.things[id(value)] = Thing(value, self.new_name(task))
        cell = thing.cells.get(key)
        if cell is None:
            cell = thing.cells[key] = Cell()
        index = task.index
        if not index:  # before and after the tasks nobody else runs
            if access:
                steady = self.stage.building and (thing.name, key) not in self.places.written
                cell.writer, cell.clock, cell.site, cell.written, cell.steady = 0, task.clock[0], site, True, steady
            return
        if self.trace is not None:
            self.trace.append(Access(task, site, thing, key, access, content))
        writer, cells = cell.writer, thing.cells
        if (
            (writer >= 0 and writer != index and cell.clock > task.clock[writer])
            or (access and cell.reads)
            or (len(cells) > 1 and (key is WHOLE or WHOLE in cells))
        ):
            self._look_for_races(task, thing, key, cell, access, site)
        if access and (cell.steady or WHOLE in cells):
            self.grown |= self.places.is_written(thing, key)
        elif cell.steady:
            return
        if not cell.tasks:
            self._touched.append((thing.name, repr(key), cell))
        held, bit = task.held, 1 << index
        if (
            cell.locks is not held
            or not cell.tasks & bit
            or (access and not cell.written)
            or (cell.written and not held and cell.tasks != bit)
        ):
            self._protect(task, cell, access, site)
        if access in LOOKS:
            self._see(task, thing, key, cell)
        if access:
            cell.writers |= bit
            cell.writer, cell.clock, cell.site, cell.reads = index, task.clock[index], site, {}
            self._put(task, thing, key, cell, access, content)
        else:
            cell.reads[index] = task.clock[index], site

    def tell(self, value: object) -> None:
        """What was found at the last look. Only asked while there is a trace."""
        if self.trace:
            self.trace[-1].content = value

    def _look_for_races(  # noqa: C901 - as above
        self, task: Actor, thing: Thing, key: Any, cell: Cell, access: int, site: int
    ) -> None:
        """With accesses that nothing orders before this one."""
        index, now = task.index, task.clock
        if len(thing.cells) == 1:
            rivals: Iterable[Cell] = (cell,)
        elif key is WHOLE:
            rivals = tuple(thing.cells.values())
        else:
            rivals = (cell, thing.cells[WHOLE]) if WHOLE in thing.cells else (cell,)
        for other in rivals:
            writer = other.writer
            if writer >= 0 and writer != index and other.clock > now[writer]:
                if writer:
                    self._race(other.site, site)
                else:
                    self.places.gaps[BESIDE_SET_UP] += 1
            if access and other.reads:
                for reader, (clock, place) in other.reads.items():
                    if reader != index and clock > now[reader]:
                        self._race(place, site)

    def _race(self, one: int, other: int) -> None:
        racy = self._racy
        if one not in racy or other not in racy:
            self.grown = True
            racy.update((one, other))

    def _protect(self, task: Actor, cell: Cell, access: int, site: int) -> None:
        """Which locks were held at all accesses of tasks. Where none was, order has to be part of the state."""
        if cell.locks is not task.held:
            cell.locks = task.held if cell.locks is None else cell.locks & task.held
        cell.tasks |= 1 << task.index
        cell.written |= access > READ
        unordered = self.places.unordered
        if cell.written and not cell.locks and cell.tasks & (cell.tasks - 1) and site not in unordered:
            last = [cell.site] if cell.writer > 0 else []
            unordered.update((site, *last, *[place for _, place in cell.reads.values()]))
            self.grown = True

    def _see(self, task: Actor, thing: Thing, key: Any, cell: Cell) -> None:
        """What the task has read, unless it has put that there itself in this step."""
        own = task.own.get((thing, key))
        if own is not None and own[0] != CHANGE:
            return
        if key is WHOLE:
            versions = sorted([(repr(one), each.version) for one, each in thing.cells.items() if each.version])
            task.seen.append((thing.name, "whole", tuple(versions)))
        else:
            whole = thing.cells.get(WHOLE)
            task.seen.append((thing.name, key, cell.version, whole.version if whole is not None else 0))

    def _put(self, task: Actor, thing: Thing, key: Any, cell: Cell, access: int, content: object) -> None:
        """The version of what is there now: at once if it is known, at the end of the step if it is not."""
        if content is not UNKNOWN:
            kind = type(content)
            if kind in ATOMS:
                task.own.pop((thing, key), None)
                cell.version = self.places.number(("is", kind, repr(content) if kind in SIGNED else content))
                return
            named = self.things.get(id(content))
            if named is not None:
                task.own.pop((thing, key), None)
                cell.version = self.places.number(("refers to", named.name))
                return
        task.own[thing, key] = (CHANGE if access == CHANGE else WRITE, len(task.own), len(task.seen))

    def now(self, reader: Reader | None) -> float:
        """The modelled clock, for a task. From the first look on, in any execution, it is part of the state."""
        if not self.places.clock_read:
            self.places.clock_read = self.grown = True
        return self.clock.seconds if reader is None else self.clock.read(reader)

    # Looks at what is not a cell

    def notice(self, task: Actor, what: str) -> None:
        """The task looks at something of that kind without waiting for it: from now on more steps are points."""
        if task.index and what not in self.places.looked:
            self.places.looked.add(what)
            self.grown = True

    def pass_time(self, task: Actor, seconds: float) -> None:
        """The modelled clock moves on. If somebody reads it, it matters in which order."""
        self.clock.seconds += seconds
        if self.places.clock_read:
            self.notice(task, MOVING)

    # States

    def before(self, task: Actor) -> None:
        """Nothing is read before hooks say so."""

    def settle(self, task: Actor) -> None:
        """At the end of a step: what the task knows now, and what it has put where."""
        number = self.number
        task.local = number((task.local, tuple(task.seen), task.sync))
        for (thing, key), how in task.own.items():
            cell = thing.cells[key]
            cell.version = number((cell.version if how[0] == CHANGE else None, task.local, how))
        task.seen.clear()
        task.own.clear()
        task.sync = 0

    def state(self) -> tuple[int, ...]:
        """All but what the tasks know: contents, the order of unprotected accesses, primitives, the clock."""
        written, order = [], []
        racy, unordered = self._racy, self.places.unordered
        after: dict[tuple[int, int], tuple[Hashable, ...]] = {}  # most cells were touched in the same few moments
        for name, key, cell in self._touched:
            if cell.writers:
                written.append((name, key, cell.version))
            if not cell.written or cell.site in racy:
                continue
            reads = cell.reads
            if (
                not cell.locks
                or cell.site in unordered
                or (reads and not unordered.isdisjoint([place for _, place in reads.values()]))
            ):
                last = self._ordered(cell.writer, cell.clock, after) if cell.writer > 0 else None
                looks = [(one, self._ordered(one, clock, after)) for one, (clock, _) in sorted(reads.items())]
                order.append((name, key, last, tuple(looks)))
        keys = frozenset([(one.name, one.key()) for one in self.primitives])
        late = tuple([task.late for task in self._tasks()])
        clock = self.clock.seconds if self.places.clock_read else 0
        parts = frozenset(written), frozenset(order), keys, late, clock, self.crashes
        return tuple(map(self.number, parts))  # part by part, because many states share most of their parts

    def close(self) -> None:
        """The execution is over: drop what refers back to it."""
        self.primitives.clear()
        self.things.clear()

    def _ordered(
        self, index: int, clock: int, known: dict[tuple[int, int], tuple[Hashable, ...]]
    ) -> tuple[Hashable, ...]:
        """Who and what is ordered after a moment of a task: asked once for each in a state."""
        found = known.get((index, clock))
        if found is None:
            after = [one.name for one in self.primitives if one.clock is not None and clock <= one.clock[index]]
            tasks = tuple([clock <= task.clock[index] for task in self._tasks()])
            found = known[index, clock] = tasks, frozenset(after)
        return found

    def _tasks(self) -> list[Actor]:
        return cast("list[Actor]", self.stage.tasks)
