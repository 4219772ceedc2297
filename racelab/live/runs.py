"""The verdict on a run: computed at rest, once after each change, and kept with the run when it ends.

A run is kept as soon as its load has come to rest, too: a server that is killed does not lose it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from session_manager.model import SessionError

from ..bugs import Verdict
from ..promises import steady
from ..promises.losses import Loss
from ..promises.verdict import Result, judge, leading_card
from .events import Events
from .json_types import DialsJson, EnvironmentJson, JudgedJson, OutsideJson, RunJson, SampledJson, VerdictJson
from .kept.curves import Curves
from .kept.folder import MOST_RUNS, Kept
from .kept.loads import Loads
from .observed import Observed

Losses = dict[tuple[str, str], Loss]
"""By variant and id."""

LONGEST_NAME = 80
LEAST_PAUSE = 0.25
"""Seconds between two evaluations, however many pages poll."""
LONG_LOOK, MOST_EFFORT = 0.025, 10
"""After an evaluation that has computed for more than `LONG_LOOK` seconds, the pause is this many times as long.

To wait for a silent database does not count: it costs the others nothing, and the next look should come soon.
"""
ENDING = "the lab is being reset"


class Runs:
    """Keeps the verdict of the present run and of ended ones.

    Args:
        variants: by name.
        read: brings their ledgers up to now; returns why that is not possible, or None.
        events: is told of each run.
        boot: the start of the server that they belong to.
        kept: where they outlive it.

    Attributes:
        outlive: whether runs outlive the server.
        loads: those of the present run.
    """

    def __init__(
        self, variants: dict[str, Observed], read: Callable[[], str | None], events: Events, boot: str, kept: Kept
    ) -> None:
        self._events = events
        self._boot = boot
        self._kept = kept
        self.outlive = kept.on
        self.loads = Loads()
        self._curves = Curves()
        self._variants = variants
        self._read = read
        self._lock = threading.Lock()
        self._ended: deque[RunJson] = deque(maxlen=MOST_RUNS)
        self._losses_before: deque[Losses] = deque(maxlen=MOST_RUNS)
        self._counted: Counter[tuple[str, Verdict]] = Counter()
        self._ending = False
        self._opened = False
        self.run = 1
        self.started_at = steady.now()
        self._begin()

    def _begin(self) -> None:
        self._first_at: dict[tuple[str, str], float] = {}
        self._marks: object = None
        self._losses: Losses = {}
        self._verdict: JudgedJson = {"settled": False, "waiting_for": None, "card": "", "variants": {}}
        self._looked_at = float("-inf")
        self._took = 0.0
        self._name = ""
        self._calls_kept: object = None
        self._calls_seen: object = None
        self.loads.clear()
        self._curves.clear(self.started_at)

    def open(self) -> None:
        """Read the runs of earlier starts, and take the next number. Once, however often the lab is started."""
        with self._lock:
            if self._opened:
                return
            self._opened = True
            self._ended.extend(self._kept.read())
            self._losses_before.extend(_losses_of(run) for run in self._ended)
            self.run = self._kept.claim(max((run["run"] + 1 for run in self._ended), default=1))

    def verdict(self, busy: str | None, environment: EnvironmentJson) -> VerdictJson:
        """The verdict now.

        Args:
            busy: a reason why it is too early, or None.
            environment: the conditions of the run.
        """
        with self._lock:
            busy = ENDING if self._ending else busy
            now = time.monotonic()
            pause = LEAST_PAUSE if self._took < LONG_LOOK else MOST_EFFORT * self._took
            if now - self._looked_at >= pause:
                began = time.thread_time()
                self._look(busy)
                self._looked_at = time.monotonic()
                self._took = time.thread_time() - began
            elif self._verdict["settled"] and self._change_marks(busy) != self._marks:
                # Too early to compute it again, and the last one is out of date.
                told = self._cannot_tell(busy or "calls arrived a moment ago")
                return {"run": self.run, **told, "environment": environment}
            return {"run": self.run, **self._verdict, "environment": environment}

    def end_run(
        self, busy: str | None, environment: EnvironmentJson, start_anew: Callable[[Callable[[], None]], None]
    ) -> int:
        """Keep the present verdict and begin a new run. Returns its number.

        A run in which nobody asked for anything is not kept: the new one takes its number. If `start_anew` fails
        half-way, the run has ended nevertheless: its verdict is stored, and its remaining sessions belong to the next.

        Args:
            busy: a reason why it cannot be judged, or None.
            environment: the conditions of the run that ends.
            start_anew: deletes all sessions, and calls its argument after the first deletion. The verdict is *cannot
                tell* meanwhile: it would cover half of the run.
        """
        begun: list[bool] = []
        asked = self._asked()
        with self._lock:
            self._look(busy)
            last: VerdictJson = {"run": self.run, **self._verdict, "environment": environment}
            self._ending = True
        number = self.run
        try:
            start_anew(lambda: begun.append(True))
            begun.append(True)
        finally:
            with self._lock:
                try:
                    number = self._end(last, asked) if begun else number
                finally:
                    self._ending = False
        return number

    def _end(self, last: VerdictJson, asked: bool) -> int:
        if asked:
            self._counted.update((name, told["verdict"]) for name, told in last["variants"].items())
            run = self._whole(last, steady.now())
            self._ended.append(run)
            self._losses_before.append(self._losses)
            self._kept.write(run)
            verdicts = {name: told["verdict"] for name, told in last["variants"].items()}
            self._events.tell(logging.INFO, "run_ended", run=self.run, verdicts=verdicts)
            self.run = self._kept.claim(self.run + 1)
            self.begun()
        self.started_at = steady.now()
        self._begin()
        return self.run

    def ended(self) -> list[RunJson]:
        """The ended runs, oldest first."""
        with self._lock:
            return list(self._ended)

    def note(self, at: float, read: Mapping[str, SampledJson], outside: OutsideJson | None, dials: DialsJson) -> None:
        """A sample for the curves of the present run, and for what is known of its loads.

        Only one that was taken in it: while it is ended, its sessions are deleted one after another.
        """
        if at >= self.started_at and not self._ending:
            calls = sum(each["acknowledged"] + each["failed"] + each["unknown"] for each in read.values())
            self.loads.follow(outside, list(read), dials, calls)
            self._curves.note(at, read)

    def whole(self, verdict: VerdictJson) -> RunJson:
        """The present run.

        Args:
            verdict: on it.
        """
        with self._lock:
            return self._whole(verdict, None)

    def is_unkept(self) -> bool:
        """Whether calls came to rest that are not kept: asked twice, with nothing in between."""
        calls, seen = self._calls(), self._calls_seen
        self._calls_seen = calls
        return calls == seen != self._calls_kept and self._asked()

    def keep(self, verdict: VerdictJson) -> None:
        """Keep the present run as it is, if it can be judged."""
        with self._lock:
            if verdict["settled"] and verdict["run"] == self.run:
                self._calls_kept = self._calls_seen
                self._kept.write(self._whole(verdict, steady.now()))

    def keep_again(self) -> None:
        """Keep what could not be kept when its time was."""
        self._kept.again()

    def trouble(self) -> str:
        """Why runs cannot be kept, in words for the page; empty if they can."""
        return self._kept.trouble()

    def close(self, busy: str | None, environment: EnvironmentJson) -> None:
        """The server ends: keep the present run, or give its number back."""
        with self._lock:
            if not self._asked():
                self._kept.release(self.run)
            elif self._calls() != self._calls_kept:
                with suppress(SessionError):  # an engine that is away: the last verdict is kept
                    self._look(busy)
                last: VerdictJson = {"run": self.run, **self._verdict, "environment": environment}
                self._kept.write(self._whole(last, steady.now()))
            self._kept.again()

    def rename(self, number: int, name: str) -> bool:
        """Give a run a name, or take it away with an empty one. False if there is no such run."""
        with self._lock:
            if number == self.run:
                self._name = name
            else:
                run = next((run for run in self._ended if run["run"] == number), None)
                if run is None:
                    return False
                run["name"] = name
            self._kept.rename(number, name)
            return True

    def delete(self, number: int) -> bool:
        """Keep an ended run no longer. False if there is no such run.

        Raises:
            OSError: its file cannot be removed; it is kept.
        """
        with self._lock:
            place = next((place for place, run in enumerate(self._ended) if run["run"] == number), None)
            if place is None:
                return False
            self._kept.delete(number)
            del self._ended[place], self._losses_before[place]
            return True

    def _asked(self) -> bool:
        return any(variant.ledger.totals().calls for variant in self._variants.values())

    def _calls(self) -> object:
        totals = [variant.ledger.totals() for variant in self._variants.values()]
        return [(frozenset(each.calls.items()), each.in_flight) for each in totals]

    def _whole(self, verdict: VerdictJson, ended_at: float | None) -> RunJson:
        first: dict[tuple[str, str], Loss] = {}
        for (name, _), loss in self._losses.items():
            first.setdefault((name, loss.bug), loss)
        told = {name: [loss.to_json() for (of, _), loss in first.items() if of == name] for name in self._variants}
        return {
            **verdict,
            "name": self._name,
            "boot": self._boot,
            "started_at": self.started_at,
            "ended_at": ended_at,
            "loads": self.loads.to_json(),
            "curves": self._curves.to_json(self.started_at),
            "losses": told,
        }

    def loss(self, variant: str, loss_id: str) -> Loss | None:
        """A loss that the evidence of a kept run names; None if there is none."""
        with self._lock:
            kept = (self._losses, *self._losses_before)
        return next((losses[variant, loss_id] for losses in kept if (variant, loss_id) in losses), None)

    def begun(self) -> None:
        """The present run has begun, and the lab serves."""
        self._events.tell(logging.INFO, "run_began", run=self.run)

    def counted(self) -> Counter[tuple[str, Verdict]]:
        """How many runs have ended, by variant and verdict: also those that are no longer kept. Waits for nothing."""
        return self._counted.copy()

    def _look(self, busy: str | None) -> None:
        busy = busy or self._read()
        marks = self._change_marks(busy)
        waiting = busy or next(filter(None, (v.waiting_for() for v in self._variants.values())), None)
        if marks == self._marks and self._verdict["settled"] == (not waiting):
            return
        verdicts: dict[str, Result] = {}
        if not waiting:
            try:
                verdicts = {name: judge(variant.evidence()) for name, variant in self._variants.items()}
            except SessionError as error:
                waiting = f"the database did not answer ({error})"
            # A call in between would make the evidence inconsistent.
            if not waiting and (self._read() or marks != self._change_marks(busy)):
                waiting = "calls arrived during the evaluation"
        self._marks = marks
        self._verdict = self._cannot_tell(waiting) if waiting else self._settled(verdicts)

    def _change_marks(self, busy: str | None) -> object:
        return (busy, tuple(variant.change_mark() for variant in self._variants.values()))

    def _settled(self, verdicts: dict[str, Result]) -> JudgedJson:
        for name, verdict in verdicts.items():
            for bug, card in verdict.cards.items():
                if card.verdict == Verdict.DISAGREE:
                    card.first_at = self._first_at.setdefault((name, bug), steady.now())
        self._losses = {(name, loss.id): loss for name, verdict in verdicts.items() for loss in verdict.losses}
        told = {name: verdict.to_json() for name, verdict in verdicts.items()}
        return {"settled": True, "waiting_for": None, "card": leading_card(verdicts.values()), "variants": told}

    def _cannot_tell(self, waiting: str) -> JudgedJson:
        told = {name: variant.unsettled(waiting).to_json() for name, variant in self._variants.items()}
        return {"settled": False, "waiting_for": waiting, "card": "", "variants": told}


def _losses_of(run: RunJson) -> Losses:
    """Those that are kept with a run: of each manager the first of each bug."""
    return {(name, told["id"]): Loss.from_json(told) for name, losses in run["losses"].items() for told in losses}
