"""What the class itself does when its calls come one after another: that is what it promises.

Every order of the calls is run. A call that is under way goes on, and while it waits only the class's own threads may
run; one of those goes on until it sleeps or waits for work. What comes out gives the allowed answers and observations,
and who may wait for ever (Line-Up: Burckhardt, Dern, Musuvathi and Tan, "Line-up: a complete and automatic
linearizability checker", PLDI 2010).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Final

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.clock import Times
from racelab.explorer.kernel.points import Point
from racelab.explorer.kernel.threads import Thread, here
from racelab.explorer.kernel.waiting import Until

from .bench import Bench
from .execution import Execution, is_under_way
from .program import Program

AT_REST: Final = ("sleep", "get from", "wait", "await", "end", "join")
"""First words of the points at which a thread of the class's own has nothing half done."""
BAD_SPEC: Final = "{!r} is no specification. Name a class that is used by one thread at a time: module:Class."


class Serial(Execution):
    """An execution in which one call comes after another. To begin a call is a step, so that any call can be next.

    Args:
        bench: as `Execution`.
        times: what its calls are to read from the clock.
    """

    def __init__(self, bench: Bench, times: Times = ()) -> None:
        self._begins = Point("call", "begin", Until(lambda _: self.is_made()))
        self.shown: list[str] = []
        super().__init__(bench, times=times)

    def before_call(self, first: bool) -> Callable[[], None]:  # noqa: ARG002
        """The step with which it begins."""
        return self._begin_call

    def step(self, task: Thread) -> None:
        """Let `task` take one step; in `shown` as the same schedule is told elsewhere."""
        waits_for_its_object = self.world.makes and not task.current  # elsewhere that is a step as well
        if task.pending is not self._begins or waits_for_its_object:
            self.shown.append(task.name)
        super().step(task)

    def ready(self) -> list[Thread]:
        """The threads that may take a step now."""
        ready = super().ready()
        last, under_way = self.last(), self._under_way()
        if last is not None and last.started and not _is_at_rest(last):
            return [last]
        if under_way is None:
            return ready
        if under_way.ready() and (self._last is None or not self._last.started):
            return [under_way]
        return [thread for thread in ready if thread is under_way or thread.started]

    def waiting(self) -> list[Thread]:
        """The one whose call does not end."""
        under_way = self._under_way()
        return [under_way] if under_way is not None else []

    def beside(self) -> Hashable:
        """And who may go on."""
        under_way = self._under_way()
        return super().beside(), under_way and under_way.name

    def _under_way(self) -> Thread | None:
        """The thread that makes the object, or the client whose call has begun and has not ended."""
        if self.maker is not None and not self.maker.done:
            return self.maker
        return next((client for client in self.clients if is_under_way(client)), None)

    def _begin_call(self) -> None:
        task = here.task
        assert task is not None
        task.pause(self._begins)
        self.ordered_after_making(task)


class HandOver(Serial):
    """The same for calls that only succeed together: one that cannot go on lets the next one begin.

    Only for programs in which no order of the calls comes to an end: where one does, a call that is never woken would
    be taken for one that may wait. And of these orders only those with as few waiting calls as it takes: where many
    wait, who is woken is no order of the calls any more.

    Args:
        bench, times: as `Serial`.
        most: calls that may wait at a time.
    """

    def __init__(self, bench: Bench, times: Times, most: int) -> None:
        self._most = most
        super().__init__(bench, times)

    def ready(self) -> list[Thread]:
        """The threads that may take a step now."""
        ready, under_way = Execution.ready(self), self.waiting()
        if self.too_many():
            return []
        last = self.last()
        if last is not None and (last in under_way or (last.started and not _is_at_rest(last))):
            return [last]
        can = [thread for thread in ready if thread in under_way]
        return [thread for thread in ready if thread in can or thread.started] if can else ready

    def too_many(self) -> bool:
        """Whether more calls wait than may: then this is none of the orders that are wanted."""
        return sum(not thread.ready() for thread in self.waiting()) > self._most

    def waiting(self) -> list[Thread]:
        """All whose call has begun and has not ended."""
        makers = [self.maker] if self.maker is not None and not self.maker.done else []
        return [*makers, *filter(is_under_way, self.clients)]

    def beside(self) -> Hashable:
        """With who has begun, and who went on last."""
        last = self.last()
        return super().beside(), tuple([one.name for one in self.waiting()]), last and last.name


def _is_at_rest(thread: Thread) -> bool:
    return thread.pending is None or thread.pending.name.startswith(AT_REST)


def specified(program: Program) -> Program:
    """The program over its sequential specification, if it has one.

    Raises:
        CannotDecide: what is named is none.
    """
    if not program.spec:
        return program
    module, _, name = program.spec.partition(":")
    if not module or not name.isidentifier():
        raise CannotDecide(BAD_SPEC.format(program.spec))
    arguments = ""
    try:
        made = ast.parse(program.make or "_()", mode="eval").body
    except SyntaxError:
        made = None
    if isinstance(made, ast.Call):
        arguments = ", ".join(map(ast.unparse, [*made.args, *made.keywords]))
    return replace(program, module=module, make=f"{name}({arguments})", spec="")
