"""Grades one scenario: its calls one after another first, and then every interleaving."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from math import inf
from time import monotonic  # the real one: while something is explored, the one in the module `time` is a model
from typing import Final

from racelab.checker import Anomaly
from racelab.explorer.kernel.alarm import LIMIT, Alarm
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.garbage import without_collecting
from racelab.explorer.kernel.guard import NotModelled
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.search.policies import Diverged, Follow
from racelab.explorer.search.run import DOES_NOT_REPEAT

from ..bench import Bench
from ..conclusion import conclude
from ..endings import AT_LEAST, COUNT_ON, SECONDS
from ..execution import MOST_STEPS, has_own_threads
from ..exploring import Enough, Judged, Limits, Progress, Tally, explore
from ..result import ANSWERS, BROKEN, CRASH, DEADLOCK, FOUND, LEFT, RAISES, Result
from ..search import count
from ..telling import MOST_TIMES, learn
from ..witness import Witness
from .judging import LEAK, Checker, Judgement
from .programs import Asked
from .running import InTurn, Scene, Together

KINDS: Final = {"deadlock": DEADLOCK, "duplicate-answer": ANSWERS, "not-linearizable": ANSWERS, "crash": RAISES}
"""How an anomaly shows; any other is seen in what is left."""


@dataclass(slots=True)
class Seen:
    """What was found in the executions so far."""

    checker: Checker
    tally: Tally
    witness: Witness | None = None
    anomalies: tuple[Anomaly, ...] = ()
    own_threads: bool = False
    most: float = inf
    until: float = inf

    def end(self, run: Scene) -> Hashable:
        """One more execution has ended.

        Raises:
            Enough: something was found a while ago.
        """
        judgement = self.checker.judge(run)
        self.own_threads |= has_own_threads(run)
        if judgement.anomalies:
            self._keep(run, judgement)
        if self.tally.executions > self.most or monotonic() > self.until:
            raise Enough
        return judgement.anomalies[0].name if judgement.anomalies else ""

    def _keep(self, run: Scene, judgement: Judgement) -> None:
        turns = run.shown if isinstance(run, InTurn) else run.turns
        found = Witness(run.preemptions, tuple(turns), kind_of(judgement), judgement.ending)
        if self.witness is None:
            self.most = self.tally.executions * COUNT_ON + AT_LEAST
            self.until = monotonic() + SECONDS
        elif found.size() >= self.witness.size():
            return
        self.witness, self.anomalies = found, judgement.anomalies


@dataclass(slots=True)
class Played:
    """What came of a scenario.

    Attributes:
        anomaly: what was found; None if nothing was.
        differs: what the calls do already one after another, so that the scenario does not apply; empty if it does.
    """

    result: Result
    anomaly: Anomaly | None = None
    differs: str = ""


def grade_scenario(asked: Asked, model: str, seconds: float, progress: Progress | None = None) -> Played:
    """Try every interleaving of a scenario, until the time is up."""
    played = Played(Result(asked.program, model, scenario=asked.scenario.name))
    _Grading(asked, Bench.of(asked.program, model), Tally(Limits(seconds), progress)).run(played)
    return played


def followed(asked: Asked, model: str, result: Result) -> Played:
    """One schedule of a scenario, judged.

    Args:
        result: with the schedule, and the places where threads stop.

    Returns:
        What came of it; `differs` says why it does not fit, if it does not.

    Raises:
        CannotDecide: it leads elsewhere each time.
    """
    bench, turns = Bench.of(asked.program, model), parse(result.schedule)
    result.kind, result.ending, result.scenario = "", None, asked.scenario.name
    with Alarm(LIMIT), without_collecting():
        for _ in range(MOST_TIMES):
            with Together(bench, asked) as run:
                if learn(bench, result) or run.memory.grown:
                    continue
                number = _take(run, turns)
                if learn(bench, result):
                    continue
                if number <= len(turns):
                    return Played(result, None, f"Step {number} of {result.schedule!r} does not fit.")
                if run.ready():
                    return Played(result, None, f"{result.schedule!r} stops before the end.")
                judgement = Checker(asked).judge(run)
                if judgement.anomalies:
                    result.kind = kind_of(judgement)
                return Played(result, next(iter(judgement.anomalies), None))
    raise CannotDecide("Wherever it is replayed, other places race.")


def _take(run: Scene, turns: Sequence[str]) -> int:
    """Take these steps. Returns the number of the first that cannot be taken, from 1 on."""
    for number, name in enumerate(turns, 1):
        thread = next((one for one in run.ready() if one.name == name), None)
        if thread is None:
            return number
        run.step(thread)
    return len(turns) + 1


def kind_of(judgement: Judgement) -> str:
    """How it ends badly: a key of `result.KINDS`."""
    ending = judgement.ending
    return CRASH if ending.crashes else BROKEN if ending.broken else KINDS.get(judgement.anomalies[0].name, LEFT)


class _Grading:
    def __init__(self, asked: Asked, bench: Bench, tally: Tally) -> None:
        self._asked, self._bench, self._tally = asked, bench, tally
        self._found = self._nothing()
        self._broken_after: dict[str, int] = {}
        self._unsure = ""

    def run(self, played: Played) -> None:
        """Grade it, and enter what came out."""
        result, begun = played.result, monotonic()
        try:
            with Alarm(LIMIT), without_collecting():
                self._grade(played)
                if self._found.witness is not None and not self._repeats(self._found.witness):
                    self._unsure = DOES_NOT_REPEAT
        except (CannotDecide, NotModelled) as reason:
            self._unsure = str(reason)
        result.seconds = monotonic() - begun
        result.executions, result.restarts = self._tally.executions, self._tally.restarts
        conclude(result, self._bench.places, self._found.witness, self._unsure, self._tally.unfinished)
        result.ending = None  # the scenario has looked at more than its program does
        if result.verdict == FOUND:
            played.anomaly = self._told(self._found.anomalies[0])
            result.name = played.anomaly.name

    def _grade(self, played: Played) -> None:
        """Again, if the class's own threads have got new stops."""
        while True:
            known = self._bench.places.found()
            policy, in_turn = explore(self._bench, self._tally, self._in_turn, self._nothing, _end)
            if self._tally.unfinished:
                self._unsure = self._tally.unfinished
            elif in_turn.anomalies and in_turn.anomalies[0].name != LEAK:
                played.differs = in_turn.anomalies[0].sentence
            elif in_turn.anomalies:
                self._found = in_turn
                count(played.result, policy)
            if self._unsure or in_turn.anomalies:
                return
            policy, self._found = explore(self._bench, self._tally, self._together, self._nothing, _end)
            count(played.result, policy)
            own_threads = in_turn.own_threads or self._found.own_threads
            if self._found.anomalies or self._bench.places.found() == known or not own_threads:
                return

    def _in_turn(self) -> Scene:
        return InTurn(self._bench, self._asked)

    def _told(self, anomaly: Anomaly) -> Anomaly:
        """With the step, if it was seen between two."""
        after = self._broken_after.get(anomaly.name)
        if after is None:
            return anomaly
        return replace(anomaly, sentence=f"{anomaly.sentence.removesuffix('.')}, the first time after step {after}.")

    def _together(self) -> Together:
        return Together(self._bench, self._asked)

    def _nothing(self) -> Seen:
        return Seen(Checker(self._asked), self._tally)

    def _repeats(self, witness: Witness) -> bool:
        """Whether the witness ends once more as it did."""
        policy = Follow(witness.turns)
        with self._together() as run:
            try:
                while len(run.turns) < MOST_STEPS and (ready := run.ready()):
                    run.step(policy.choose(run, ready))
            except Diverged:
                return False
            self._broken_after = run.broken_after
            ended = Checker(self._asked).judge(run)
            return tuple(run.turns) == witness.turns and _names(ended.anomalies) == _names(self._found.anomalies)


def _end(seen: Seen, run: Scene) -> Judged:
    ended = seen.end(run)
    return lambda: ended


def _names(anomalies: tuple[Anomaly, ...]) -> list[str]:
    """Without the sentences, which name calls that are alike in the order of the first execution."""
    return [one.name for one in anomalies]
