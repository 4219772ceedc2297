"""Plays a scenario in a child process, and makes what was found ready to leave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.guard import NotModelled
from racelab.explorer.programs.scenarios import SCENARIOS

from ..names import DEADLOCK, LOST_UPDATE, LOST_WAKE_UP, MISSED_SIGNAL, SELF_DEADLOCK, STALE_READ
from ..program import Program
from ..result import CANNOT_TELL, FOUND, NONE
from ..running.telling import told
from ..story import Replayed, Story
from ..target import TargetError
from .outcome import NOT_ASKED, Scene
from .probe import Contract
from .programs import NotAsked, asked
from .search import Played, followed, grade_scenario

Say = Callable[[int], None]
HARMLESS = "Along this schedule nothing is wrong that the scenario asks for."
LATE = 0.95
"""The part of its time after which a scenario has been cut off by its end."""

LOSSES = (LOST_UPDATE, STALE_READ)
CAUSES = {
    **dict.fromkeys(("lost-update", "duplicate-answer", "stale-overwrite", "still-authenticated"), LOSSES),
    "deadlock": (DEADLOCK, SELF_DEADLOCK, LOST_WAKE_UP, MISSED_SIGNAL),
}
"""The names of the field's that say how an anomaly has come about: then their paragraph is told too."""


def play(say: Say, program: Program, contract: Contract, name: str, model: str, seconds: float, columns: int) -> Scene:
    """One scenario over a class, told for a terminal of so many columns."""
    title = SCENARIOS[name].title
    what = asked(name, program, contract)
    if isinstance(what, NotAsked):
        return Scene(name, title, NOT_ASKED, what.why)
    played = grade_scenario(what, model, seconds, say)
    result = played.result
    if played.differs:
        why = f"one call after another the class already does otherwise: {played.differs}"
        return Scene(name, title, NOT_ASKED, why)
    late = result.verdict == CANNOT_TELL and result.seconds >= seconds * LATE
    sentence = played.anomaly.sentence if played.anomaly is not None else ""
    story = _story(played, columns) if result.verdict == FOUND else None
    return Scene(name, title, result.verdict, result.unsure, late, sentence, result, story)


def replayed(
    say: Say, program: Program, contract: Contract, name: str, model: str, schedule: str, seconds: float, columns: int
) -> Replayed:
    """One schedule of a scenario, whatever it leads to.

    Raises:
        TargetError: the scenario is not asked of the class, or has no such schedule.
    """
    what = asked(name, program, contract)
    if isinstance(what, NotAsked):
        raise TargetError(f"The scenario {name} is not asked: {what.why}.")
    played = grade_scenario(what, model, seconds, say)
    if played.anomaly is None or played.result.schedule != schedule:
        played.result.schedule = schedule
        try:
            played = followed(what, model, played.result)
        except (CannotDecide, NotModelled) as reason:
            return Replayed(CANNOT_TELL, str(reason), None)
    if played.differs:
        raise TargetError(f"{played.differs} The scenario {name} has no such schedule under the model {model}.")
    story = _story(played, columns) if played.anomaly is not None else told(played.result, columns)
    sentence = HARMLESS if played.anomaly is None else f"{played.anomaly.name}: {played.anomaly.sentence}"
    return Replayed(NONE if played.anomaly is None else FOUND, sentence, story)


def _story(played: Played, columns: int) -> Story | None:
    """The schedule in the author's lines, under the name of the anomaly, and with the checker's sentence."""
    story, anomaly = told(played.result, columns), played.anomaly
    if story is None or anomaly is None:
        return story
    first = f"{anomaly.term[:1].upper()}{anomaly.term[1:]}. {anomaly.sentence}"
    cause = f" {story.paragraph}" if story.name in CAUSES.get(anomaly.name, ()) else ""
    title = SCENARIOS[played.result.scenario].title
    return replace(story, name=anomaly.name, meaning=title, paragraph=first + cause)
