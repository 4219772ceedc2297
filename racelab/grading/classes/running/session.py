"""One grading of a class: program after program, spread over processes, until all are done or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from ..choosing.choice import Choice, Given
from ..conclusion import in_all
from ..last import Last, keep, recall
from ..program import FREE_THREADED, GIL
from ..report import Report, size, task_texts
from ..result import CANNOT_TELL, FOUND, NONE, Result
from ..stage import Stage
from ..story import Graded, Replayed
from ..target import Named
from .growth import ALONE, MOST_CALLS, OF_FOUR, SHAPES, Growth, Shape
from .processes import GRACE, Failed, Processes, Task
from .scenes import Scenes
from .symmetry import Tasks
from .without import without_gil

Progress = Callable[[str], None]
CHOOSING: Final = 20.0
"""Seconds that importing a module and choosing its calls may take."""
LATE: Final = GRACE + 1.0
"""Seconds by which the time that is given may be exceeded: something may hang, and has to be stopped."""
LONG: Final = 60.0
"""With more seconds than that, programs of four calls are made of more of them."""
SHARE: Final = 3
"""One program takes at most this part of the time that is left."""
LEAST: Final = 0.5
KEPT: Final = 10
"""What passes with the GIL is tried without it for at most this part of the time."""
ENOUGH: Final = 8
"""Programs of which nothing can be said, and none that can be: the others are not tried."""
WIDE: Final = 120
MEETING: Final = 2
"""Two calls that do not meet have so many schedules: one first, or the other."""
GIVEN: Final = "given program"
AGAIN: Final = "the last finding"
WITH_A_GIL: Final = (
    "Threads switch only where a Python with a GIL lets them, so a plain `count += 1` is one step. "
    "To try a Python without: --model free-threaded."
)


def latest(seconds: float) -> float:
    """When all has to have ended that may take so many seconds from now, by `time.monotonic`."""
    return time.monotonic() + seconds + LATE


def choose(
    named: Named, given: Given, seconds: float = CHOOSING + GRACE, progress: Progress | None = None
) -> Choice | Failed:
    """What is graded, found out in a process of its own.

    Args:
        named: the target.
        given: what its author says.
        seconds: that it may take; a little more if they are few.
        progress: is told a line now and then.

    Raises:
        TargetError: nothing can be graded so.
    """
    began, limit = time.monotonic(), min(CHOOSING, max(LATE - GRACE, seconds - GRACE))

    def heard(_task: Task | None, _said: object) -> None:
        if progress is not None:
            progress(f"importing {named.word}, and choosing its calls; {time.monotonic() - began:.1f} s")

    with Processes(1, named.paths) as processes:
        chosen: Choice | Failed
        ((_, chosen),) = processes.all(iter([Task("choose", (named, given), limit)]), heard)
        return chosen


def replay(choice: Choice, schedule: str, seconds: float, columns: int) -> Replayed:
    """One schedule of the choice's program, judged and told.

    Raises:
        TargetError: there is no such schedule.
    """
    program = choice.program(choice.tasks)
    with Processes(1, choice.paths) as processes:
        if not choice.tasks:
            return Scenes(choice, processes, columns).replay(schedule, seconds)
        task = Task("replay", (program, choice.model, schedule, seconds, columns), seconds)
        told: Replayed | Failed = processes.one(task)
        return Replayed(CANNOT_TELL, f"{told.reason}.", None) if isinstance(told, Failed) else told


class Session:
    """See the module.

    Args:
        choice: what is graded.
        seconds: for all programs together.
        processes: that run them.
        count: how many those are.
        progress: is told a line now and then.
        columns: of the terminal.
        spent: seconds of these that have been spent.
        remembers: whether the last finding is graded first, and kept for the next time; never for a given program.
        without: whether what passes with the GIL is tried without it too, in a part of the time.
    """

    def __init__(
        self,
        choice: Choice,
        seconds: float,
        processes: Processes,
        count: int,
        progress: Progress | None = None,
        columns: int = WIDE,
        spent: float = 0.0,
        remembers: bool = True,
        without: bool = True,
    ) -> None:
        self._choice, self._processes, self._progress, self._columns = choice, processes, progress, columns
        self._graded_from = time.monotonic()
        self._began = self._graded_from - spent
        self._ends = time.monotonic() + max(seconds - spent, min(seconds, LATE - GRACE))
        self._report = Report(choice, limit=seconds, processes=count)
        self._growth = Growth(choice.calls, choice.alike(), OF_FOUR if seconds <= LONG else MOST_CALLS)
        self._assumed: dict[str, None] = {}
        self._succeeded: set[str] = set()
        self._under_way: dict[Tasks, int] = {}
        self._found: list[tuple[int, Graded]] = []
        self._remembers = remembers and not choice.tasks
        self._last: Last | None = None
        self._without = without and choice.model == GIL
        self._racing: list[Tasks] = []

    @property
    def stages(self) -> list[Stage]:
        """The stages so far, for whoever shows the progress."""
        report = self._report
        return [*report.stages, report.scenario_stage()] if self._choice.scenarios else report.stages

    def run(self) -> Report:
        """Grade until something is found, all programs are done, or the time is up.

        Once something is found, the programs of the same size are still graded, so that the smallest one is shown.
        """
        report = self._report
        self._last = last = recall(self._choice) if self._remembers else None
        self._play()
        if last is not None:
            self._stage(AGAIN, [last.tasks], last.model)
        for name, programs in self._stages():
            if report.findings or self._left() <= 0 or not programs:
                break
            self._stage(name, programs, self._choice.model)
            if self._hopeless(report.stages[-1]):
                break
        self._conclude()
        return report

    def interrupted(self) -> Report:
        """What there was when `run` was interrupted: a finding is one all the same."""
        self._report.interrupted = True
        self._enter()
        self._conclude()
        return self._report

    def _play(self) -> None:
        """The scenarios, if the class is a session manager: in half of the time, unless nothing else is asked for."""
        choice, left = self._choice, self._left()
        part = 1 if choice.calls else 2
        until = time.monotonic() + left * part / 2
        for scene in Scenes(choice, self._processes, self._columns).all(until) if choice.scenarios else ():
            self._report.scenes.append(scene)
            if scene.result is not None:
                self._report.executions += scene.result.executions
                self._assumed.update(dict.fromkeys(scene.result.assumed))
            if self._progress is not None:
                spent = time.monotonic() - self._began
                self._progress(f"{self._report.scenario_stage()}; {spent:.1f} of {self._report.limit:g} s")
        self._report.scenes.sort(key=lambda one: choice.scenarios.index(one.name))

    def _stages(self) -> Iterator[tuple[str, list[Tasks]]]:
        if self._choice.tasks:
            yield GIVEN, [self._choice.tasks]
            return
        for shape in self._shapes():
            yield shape.name, self._growth.programs(shape)

    def _shapes(self) -> tuple[Shape, ...]:
        return (ALONE, *SHAPES) if self._choice.starts_threads else SHAPES

    def _names(self) -> list[str]:
        """Of all stages that there could be."""
        if not self._choice.calls:
            return [GIVEN] if self._choice.tasks else []
        return [shape.name for shape in self._shapes()]

    def _stage(self, name: str, programs: list[Tasks], model: str) -> None:
        stage = Stage(name, len(programs), threads=len(programs[0]) if programs else 0)
        self._report.stages.append(stage)
        began, running = time.monotonic(), self._tasks(stage, programs, model)
        left = dict(enumerate(programs)) if name == SHAPES[0].name else {}

        def heard(task: Task | None, executions: int) -> None:
            if task is not None:
                self._under_way[programs[task.key]] = executions
            self._tell(stage)

        for task, value in self._processes.all(running, heard):
            self._under_way.pop(programs[task.key], None)
            graded = _graded(task, value)
            self._note_failures(graded.result)
            if graded.pointless and not self._choice.tasks:
                stage.pointless += 1
            else:
                self._count(stage, programs[task.key], graded.result, task.seconds, graded.pointless)
            if graded.pointless or graded.result.verdict != CANNOT_TELL:
                left.pop(task.key, None)
            if graded.result.verdict == FOUND:
                self._found.append((task.key, graded))
            stage.seconds = time.monotonic() - began
            self._tell(stage)
        for tasks in left.values():
            self._report.left.update(dict.fromkeys(call for each in tasks for call in each).keys())
        self._enter()

    def _enter(self) -> None:
        """Enter what a stage has found, the smallest first."""
        found = sorted(self._found, key=lambda pair: (size(pair[1].result), pair[0]))
        self._found = []
        self._report.findings += [each.result for _, each in found]
        self._report.stories += [each.story for _, each in found]

    def _tasks(self, stage: Stage, programs: list[Tasks], model: str) -> Iterator[Task]:
        for number, tasks in enumerate(programs):
            left = self._left()
            if left <= 0 or self._hopeless(stage):
                return
            seconds = max(LEAST, left if len(programs) == 1 else left / SHARE)
            self._under_way[tasks] = 0
            self._tell(stage)
            yield Task("grade", (self._choice.program(tasks), model, seconds, self._columns), seconds, number)

    def _count(self, stage: Stage, tasks: Tasks, result: Result, seconds: float, pointless: bool) -> None:
        self._report.executions += result.executions
        self._report.schedules = max(self._report.schedules, result.schedules)
        self._assumed.update(dict.fromkeys(result.assumed))
        if stage.name == SHAPES[0].name:
            self._growth.met(tasks, bool(result.racy) or result.schedules != MEETING)
        if result.verdict == FOUND:
            stage.found += 1
        elif result.verdict != CANNOT_TELL:
            stage.done += 1
            self._racing += [tasks] * bool(result.racy and self._without)
        elif result.seconds >= seconds * 0.95:
            stage.unfinished += 1
        else:
            stage.undecided += 1
            self._growth.undecided(tasks)
            why = result.unsure or " ".join(result.gaps)
            raised = ", ".join(f"{text} raises {kind}" for text, kind in result.never) if pointless else ""
            calls = task_texts(result.program.tasks)
            self._report.reasons.setdefault(result.unsure, f"{calls}: {why}{raised and f' {raised}.'}")

    def _note_failures(self, result: Result) -> None:
        """Which calls and observations have succeeded in some order of some program, and which in none so far."""
        if not result.orders:
            return
        never = dict(result.never)
        texts = {text for texts in (*result.program.tasks, result.program.then) for text in texts}
        self._succeeded |= texts - never.keys()
        kept = {**never, **self._report.never}
        self._report.never = {text: kind for text, kind in kept.items() if text not in self._succeeded}

    def _conclude(self) -> None:
        report, last = self._report, self._last
        first = report.findings[0] if report.findings else None
        self._add_scenes()
        begun = {stage.name for stage in report.stages}
        if first is None:
            report.not_begun = tuple(name for name in self._names() if name not in begun)
        if last is not None and report.stages and report.stages[0].name == AGAIN and report.stages[0].done:
            report.before = last.name
        shown = report.findings[0] if report.findings else None
        if shown is not None and shown.model == FREE_THREADED and not report.interrupted:
            report.only_free_threaded = self._under_gil(shown) == NONE
        report.stages = [stage for stage in report.stages if stage.name != AGAIN or stage.found]
        if report.verdict == NONE and self._racing and not report.interrupted:
            until = min(self._ends, time.monotonic() + report.limit / KEPT)
            report.without = without_gil(self._choice, self._racing, self._processes, self._columns, until)
        if self._remembers and (first is not None or report.verdict != CANNOT_TELL):
            keep(self._choice, first)
        switching = (WITH_A_GIL,) if (report.verdict, self._choice.model) == (NONE, GIL) else ()
        report.assumed = (*in_all(self._assumed), *self._choice.assumed(), *switching)
        report.seconds = time.monotonic() - self._began

    def _under_gil(self, found: Result) -> str:
        """The verdict on the same program there."""
        seconds = min(self._report.limit / SHARE, max(LEAST, self._left()))
        if found.scenario:
            choice = replace(self._choice, scenarios=(found.scenario,), model=GIL)
            scenes = Scenes(choice, self._processes, self._columns).all(time.monotonic() + seconds)
            return next(scenes).outcome
        task = Task("grade", (found.program, GIL, seconds, self._columns), seconds)
        return _graded(task, self._processes.one(task)).result.verdict

    def _add_scenes(self) -> None:
        """What scenarios have found comes after what other programs have, the smallest first."""
        report = self._report
        found = [(one.result, one.story) for one in report.scenes if one.outcome == FOUND and one.result is not None]
        found.sort(key=lambda pair: size(pair[0]))
        report.findings += [result for result, _ in found]
        report.stories += [story for _, story in found]

    @staticmethod
    def _hopeless(stage: Stage) -> bool:
        return stage.undecided >= ENOUGH and not stage.graded()

    def _left(self) -> float:
        """Seconds; a part is kept back as soon as something races that only the GIL keeps right."""
        kept = self._report.limit / KEPT if self._racing else 0.0
        return self._ends - kept - time.monotonic()

    def _tell(self, stage: Stage) -> None:
        """Say how far it is, how fast, and which program runs: of several the one that was begun first."""
        if self._progress is None:
            return
        now = time.monotonic()
        executions = self._report.executions + sum(self._under_way.values())
        found = f", {stage.found:,} found" if stage.found else ""
        fast = f" ({executions / (now - self._graded_from):,.0f}/s)" if executions else ""
        spent = f"{now - self._began:.1f} of {self._report.limit:g} s"
        calls = "".join(f": {task_texts(tasks)}" for tasks in list(self._under_way)[:1])
        self._progress(f"{stage}{found}; {executions:,} executions{fast}, {spent}{calls}")


def _graded(task: Task, value: Graded | Failed) -> Graded:
    """What came of a program: a child that died or hung leaves it undecided."""
    if isinstance(value, Failed):
        program, model, *_ = task.arguments
        return Graded(Result(program, model, CANNOT_TELL, unsure=f"{value.reason}."))
    return value
