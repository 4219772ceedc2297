"""What the grading of a class has found: a verdict over all programs, the smallest finding first."""

from __future__ import annotations

import math
import re
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from racelab.home import COMMAND

from .choosing.choice import ALIKE, Choice
from .choosing.texts import calls_in
from .program import FREE_THREADED, Program
from .remedies import remedies
from .result import CANNOT_TELL, FOUND, NONE, Result, Verdict
from .scenarios.outcome import NOT_ASKED, Scene, undecided
from .stage import Stage
from .story import Story

MOST_REMEDIES: Final = 3
UNKNOWN: Final = "How much more time it needs is not known, because too little was done to the end."
MORE: Final = "Give it more time (--seconds)."
MOST_METHODS: Final = 6
STRESS: Final = "Or try real threads with --stress, which says the odds."
LEAVE_OUT: Final = (
    "Leave those calls out (--save grade_me.py, and edit it). --stress tries real threads, and says the odds."
)
NOTHING_CONTROLLED: Final = (
    "Nothing of it can be controlled. Grade a part that does without that, in a module of its own; or try real threads "
    "with --stress, which says the odds."
)
RESERVE: Final = 1.5
"""So many times what seems to be needed is advised: programs differ."""
MISTAKES: Final = ("AttributeError", "NameError", "TypeError", "UnboundLocalError")
"""What a call raises that is not spelt as it is meant."""


@dataclass(slots=True)
class Report:
    """See the module.

    Attributes:
        findings: the smallest first: fewest calls, then preemptions, then steps.
        stages: in the order in which they were graded.
        reasons: why nothing can be said of some programs, each once, with the program.
        assumed: what was assumed, in sentences.
        stories: each finding, told; None for one that could not be told.
        never: calls and observations that raised in every order of every program, and what.
        scenes: the scenarios of a session manager, and what came of each; empty if the class is none.
        before: what the last grading of the same target had found, if it is not found any more.
        only_free_threaded: whether the first finding needs that model.
        interrupted: whether somebody stopped it.
        not_begun: shapes of programs for which there was no time.
        seconds, processes, executions: what it took.
        schedules: of the program that has most of them.
        left: calls of pairs for which there was no time, each with the number of its pairs.
        without: of a pass with the GIL, a program that ends badly without it.
    """

    choice: Choice
    findings: list[Result] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    stories: list[Story | None] = field(default_factory=list)
    never: dict[str, str] = field(default_factory=dict)
    scenes: list[Scene] = field(default_factory=list)
    before: str = ""
    only_free_threaded: bool = False
    interrupted: bool = False
    not_begun: tuple[str, ...] = ()
    seconds: float = 0.0
    limit: float = 30.0
    processes: int = 1
    executions: int = 0
    schedules: int = 0
    left: Counter[str] = field(default_factory=Counter)
    without: Result | None = None

    @property
    def story(self) -> Story | None:
        """The first finding, told; None if there is none, or it could not be told."""
        return self.stories[0] if self.stories else None

    @property
    def verdict(self) -> Verdict:
        """*None* if all that was begun was exhausted, but for programs that the end of the time cut off."""
        if self.findings:
            return FOUND
        if undecided(self.scenes):
            return CANNOT_TELL
        if not self.choice.calls and not self.choice.tasks and self.scenes and not self.interrupted:
            return NONE if self.scenario_stage().done == self.scenario_stage().total > 0 else CANNOT_TELL
        if self.interrupted or self.reasons or not self._least_is_graded():
            return CANNOT_TELL
        return CANNOT_TELL if self.mistaken() or self.unknown() or self.alone() else NONE

    def alone(self) -> bool:
        """Whether the program has one thread, and nothing to interleave it with."""
        return len(self.choice.tasks) == 1 and self.schedules <= 1

    def mistaken(self) -> dict[str, str]:
        """What the author has given to be called or observed, and looks misspelt: it raises such an error each time."""
        choice = self.choice
        given = [*choice.calls, *(text for calls in choice.tasks for text in calls)]
        given = given if "calls" not in choice.chosen else []
        given += choice.then if "then" not in choice.chosen else ()
        return {text: kind for text, kind in self.never.items() if kind in MISTAKES and text in given}

    def unknown(self) -> dict[str, str]:
        """Methods of which nothing is known, because the grader has found no call that succeeds: name, and why.

        What a scenario calls that has a verdict is known from there.
        """
        if "calls" not in self.choice.chosen:
            return {}
        played = [one.result for one in self.scenes if one.outcome in (NONE, FOUND) and one.result is not None]
        known = {method_of(text) for result in played for calls in result.program.tasks for text in calls}
        names = {text: method_of(text) for text in self.choice.calls}
        failing = {text: [self.never[part] for part in calls_in(text) if part in self.never] for text in names}
        succeed = {name for text, name in names.items() if not failing[text]}
        failed = {name: failing[text][0] for text, name in names.items() if name not in succeed | known}
        return {**dict.fromkeys(dict(self.choice.left_out), "never called"), **failed}

    def sentence(self) -> str:
        """The verdict in a sentence."""
        target = self.choice.word
        if self.findings:
            first = self.findings[0]
            only = " It exists only under free-threaded Python." if self.only_free_threaded else ""
            scenario = f", in the scenario {first.scenario}" if first.scenario else ""
            return f"{first.name or first.kind} in {target}{scenario}.{only}"
        covered = self._covered()
        if self.verdict == NONE:
            asks = f"In every interleaving {target} does what the scenarios ask: {self.covered()}."
            short = "" if self.whole() else f"Nothing found in {target} in {self.limit:g} s. "
            late = f" Not begun within {self.limit:g} s: {', '.join(self.not_begun)}." if self.not_begun else ""
            return f"{short}{covered if self.stages else asks}{late}"
        if self.interrupted:
            return f"Interrupted. {covered}" if self.covered() else f"Interrupted, with nothing of {target} graded."
        return self._unsure_of_scenes() or self._unsure(covered)

    def whole(self) -> bool:
        """Whether all programs have a verdict, of all shapes."""
        return not self.not_begun and all(stage.graded() >= stage.wanted() for stage in self.stages)

    def not_graded(self) -> str:
        """What else the target could have meant, and was not graded: of a pass only; empty if there is nothing."""
        if not self.choice.beside or self.verdict != NONE:
            return ""
        more = f" and {len(self.choice.beside) - MOST_METHODS} more" if len(self.choice.beside) > MOST_METHODS else ""
        return f"Not graded: {', '.join(self.choice.beside[:MOST_METHODS])}{more}. Name one to grade it."

    def without_gil(self) -> list[str]:
        """In lines, what was found without the GIL of what passes with it; none if that was nothing."""
        found = self.without
        if found is None:
            return []
        told = f"Only with the GIL. Without it: {found.name or found.kind}, in {task_texts(found.program.tasks)}."
        return [told, f"Replay it: {replay_command(self.choice, found)}"]

    def _covered(self) -> str:
        """What holds of the programs that have a verdict. Only of a whole proof it is said without *the programs*."""
        if self.whole():
            return f"Every interleaving of {self.choice.word} ends as some order of its calls does: {self.covered()}."
        programs = "Every interleaving of the programs that were run to the end ends as some order of their calls does"
        return f"{programs}: {self.covered()}."

    def _unsure_of_scenes(self) -> str:
        """Why nothing can be said of a scenario, if that is the reason."""
        only = self.scenes if not self.choice.calls and not self.choice.tasks else []
        doubtful = [*undecided(self.scenes), *(one for one in only if one.outcome != NONE)]
        return f"Nothing certain can be said of {self.choice.word}: {doubtful[0].told()}" if doubtful else ""

    def _unsure(self, covered: str) -> str:
        target = self.choice.word
        if self.reasons:
            return f"Nothing certain can be said of {target}: {next(iter(self.reasons.values()))}"
        if mistaken := self.mistaken():
            told = ", ".join(f"{text} ({kind})" for text, kind in mistaken.items())
            return f"An error comes in every order: {told}. Is it spelt as it is meant?"
        if self.alone() and self.covered():
            return f"Nothing was interleaved in {target}: one thread runs, and it starts none that runs beside it."
        return self._missing(covered)

    def _missing(self, covered: str) -> str:
        """What was not graded, or not called, so that there is no pass."""
        target = self.choice.word
        if not self.stages:
            return f"The time was up before anything of {target} was graded."
        if not self._begun():
            return f"The time was up before {self.not_begun[0]} of {target} were graded. Until then: {covered}"
        if self._least_is_graded():
            told = ", ".join(f"{name} ({why})" for name, why in self.unknown().items())
            return f"Nothing is known of {told}. Of the other methods: {covered}"
        first = self._first_of_least()
        if not first.wanted():
            return f"No call of {target} succeeds in any of its {first.name}, in no order: they need other arguments."
        return f"The time was up with {first.graded():,} of {first.wanted():,} {first.name} of {target} graded."

    def _begun(self) -> bool:
        """Whether all was begun without which there is no pass."""
        return bool(self.stages) and not (self.stages[-1].threads == 1 and self.not_begun)

    def _least_is_graded(self) -> bool:
        return self._begun() and all(stage.graded() >= max(1, stage.wanted()) for stage in self._least())

    def _least(self) -> list[Stage]:
        """The stages without which there is no pass: up to the first with two threads."""
        alone = bool(self.stages) and self.stages[0].threads == 1
        return self.stages[: 1 + alone]

    def _first_of_least(self) -> Stage:
        """The first of those that is not graded whole."""
        return next((stage for stage in self._least() if stage.graded() < stage.wanted()), self.stages[0])

    def _nothing_succeeds(self) -> bool:
        """Whether every call of every program raises in every order."""
        calls = {
            part for calls in self.choice.tasks or (self.choice.calls,) for text in calls for part in calls_in(text)
        }
        return bool(calls) and calls <= self.never.keys()

    def covered(self) -> str:
        """Which programs have a verdict."""
        told = [str(stage) for stage in self.stages if stage.graded()]
        return ", ".join([*told, *([str(self.scenario_stage())] if self.scenes else [])])

    def scenario_stage(self) -> Stage:
        """The scenarios as a stage: those that were not asked do not count."""
        outcomes = Counter(one.outcome for one in self.scenes)
        late = sum(one.late for one in self.scenes)
        total = outcomes.total() - outcomes[NOT_ASKED]
        return Stage("scenarios", total, outcomes[NONE], outcomes[FOUND], late, outcomes[CANNOT_TELL] - late)

    def advice(self) -> str:
        """What to do when nothing can be said."""
        if self.interrupted:
            return f"Start it again; it ends by itself after --seconds {self.limit:g}."
        if self.mistaken():
            return "Correct it; or leave it out of what is called and observed."
        if self.unknown() and not self.reasons and any(stage.graded() for stage in self.stages):
            return (
                "Say how they are called, with --call or --task: 'token = it.issue(5); it.pay(token)'. Or leave them "
                "out: save the choice (--save grade_me.py), and grade that file."
            )
        if self.alone() and self.covered():
            return "Give --task once for each thread."
        if self._nothing_succeeds() or (self._begun() and not self._first_of_least().wanted()):
            tried = next((f", with other arguments than {call}" for call in self.choice.calls), "")
            return f"Give calls that succeed{tried}: --call CALL, and --new if the object has to be made otherwise."
        if self.reasons:
            helps = remedies(list(self.reasons.values())[:MOST_REMEDIES])
            some = any(stage.graded() for stage in self.stages)
            rest = LEAVE_OUT if some else NOTHING_CONTROLLED
            return " ".join([*helps, rest] if some or not helps else [*helps, STRESS])
        enough = self.enough()
        more = f"At the rate until now --seconds {enough} should be enough." if enough else f"{UNKNOWN} {MORE}"
        return f"{more} Or give it fewer calls (--save grade_me.py, and edit it).{self._left_out()}"

    def _left_out(self) -> str:
        """Of which methods pairs are left, and how some of them are asked for, where the grader has chosen."""
        if "calls" not in self.choice.chosen or not self.left:
            return ""
        methods: Counter[str] = Counter()
        for call, many in self.left.items():
            methods[method_of(call)] += many
        first, (last, _) = self.choice.calls[0], self.left.most_common(1)[0]
        told = ", ".join(f"{name} {many:,}" for name, many in methods.most_common(MOST_METHODS))
        others = len(methods) - MOST_METHODS
        rest = f", and {others} more methods" if others > 0 else ""
        asked = shlex.join(["--call", first, "--call", last])
        return f" Pairs that are left: of {told}{rest}. For those of some calls alone: {asked}."

    def enough(self) -> int | None:
        """Seconds within which there should be a verdict, by what was done until now; None if that says too little."""
        stage = next((stage for stage in self._least() if stage.graded() < stage.wanted()), None)
        left = stage.left() if stage is not None and self._begun() else None
        return None if left is None else math.ceil((self.seconds + left * RESERVE) / 5) * 5


def method_of(text: str) -> str:
    """Which method a call calls: its name; or the call, for whatever key, if it has none, such as `len(it)`."""
    found = re.match(r"(?:with |for \w+ in |list\(|\w+ = )?it\.(\w+)", text)
    return found[1] if found else re.sub("|".join(ALIKE), "...", text)


def task_texts(tasks: tuple[tuple[str, ...], ...]) -> str:
    """The calls of all threads in a line."""
    return " | ".join("; ".join(task) for task in tasks)


def size(result: Result) -> tuple[int, int, int, int]:
    """Findings in this order: small programs first, then few preemptions and steps."""
    return result.program.calls(), len(result.program.tasks), result.preemptions, result.steps


def replay_command(choice: Choice, result: Result) -> str:
    """The command that shows a finding again, whatever was chosen before."""
    return command(choice, result.program, result.model, result.schedule, result.scenario)


def command(choice: Choice, program: Program, model: str, schedule: str, scenario: str = "") -> str:
    """A command that runs one program along one schedule; or the scenario of that name."""
    words = [*_options("--new", [program.make] if program.make else [])]
    if scenario:
        words += ["--scenario", scenario, *(["--model", model] if model == FREE_THREADED else [])]
        return f"{COMMAND} grade {shlex.join([choice.word, *words, '--replay', schedule])}"
    words += _options("--first", ["; ".join(program.first)] if program.first else [])
    words += _options("--task", ["; ".join(task) for task in program.tasks])
    words += _options("--then", program.then or [""])
    words += _options("--holds", program.holds)
    words += _options("--ignore", program.ignore)
    words += _options("--spec", [program.spec] if program.spec else [])
    words += ["--model", model] if model == FREE_THREADED else []
    return f"{COMMAND} grade {shlex.join([choice.word, *words, '--replay', schedule])}"


def _options(name: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (name, value)]
