"""Judges an ending by what its calls have read from the clock, where time has passed.

How long a call takes no class promises, so what it reads is an input to it, as an argument is. One after another in the
model, a call that sleeps begins and ends at other times than beside others. So an ending that no order of the calls has
is looked for once more, in executions in which each call reads the very times that it has read. The order must fit
these: no call comes before another whose readings were all earlier than its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from racelab.explorer.kernel.clock import Times
from racelab.explorer.kernel.tasks import NAMES

from .bench import Bench
from .execution import Precedence
from .exploring import Enough, Tally
from .judge import Judge
from .oracle import specified
from .program import Program
from .result import BROKEN, Ending
from .serial import one_after_another


class InTime:
    """See the module.

    Args:
        judge: knows what the calls do one after another, each at its own time.
        program: whose calls they are.
        model: of memory.
        tally: of executions; is added to.
    """

    def __init__(self, judge: Judge, program: Program, model: str, tally: Tally) -> None:
        self._judge, self._program, self._model, self._tally = judge, program, model, tally
        self._bench: Bench | None = None
        self._judges: dict[Times, Judge] = {}

    def explains_in_any_order(self, ending: Ending) -> bool:
        """Whether it comes out in whatever order the calls come, at whatever time."""
        return self._judge.explains_in_any_order(ending)

    def judge_of(self, ending: Ending, precedence: Precedence | None, times: Times) -> tuple[Judge, Precedence | None]:
        """Who judges an ending, and which calls count as ended before others began.

        Args:
            ending: of a concurrent execution, which is closed.
            precedence: which calls had ended before others began; None if that shall not count.
            times: what was read from the clock.

        Raises:
            CannotDecide: what the calls do one after another cannot be found out.
            Enough: the time is up.
        """
        if not times or self._judge.kind(ending, precedence) in ("", BROKEN):
            return self._judge, precedence
        judge, kept = self._judge_at(times), _kept(self._program, precedence, times)
        return (judge, kept) if not judge.kind(ending, kept) else (self._judge, precedence)

    def _judge_at(self, times: Times) -> Judge:
        found = self._judges.get(times)
        if found is None:
            if self._bench is None:
                self._bench = Bench.of(specified(self._program), self._model)
            _, serial = one_after_another(self._bench, self._tally, self._program, times)
            if self._tally.unfinished:
                raise Enough
            found = self._judges[times] = serial.judge
        return found


def _kept(program: Program, precedence: Precedence | None, times: Times) -> Precedence:
    """Which calls had ended before others began, and those all of whose readings were earlier than all of another's."""
    read = dict(times)
    threads = [
        [read.get((name, "", number), ()) for number in range(len(calls))]
        for name, calls in zip(NAMES, program.tasks, strict=False)
    ]
    by_time = tuple([tuple([tuple([_earlier(one, other) for other in threads]) for one in mine]) for mine in threads])
    if precedence is None:
        return by_time
    rows = zip(precedence, by_time, strict=True)
    return tuple([tuple([tuple(map(max, *both)) for both in zip(*row, strict=False)]) for row in rows])


def _earlier(read: Sequence[float], thread: Sequence[Sequence[float]]) -> int:
    """How many of a thread's calls had read all that they read before anything of this was read."""
    return max((count for count, other in enumerate(thread, 1) if read and other and max(other) < min(read)), default=0)
