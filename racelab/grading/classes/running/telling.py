"""Makes a finding ready to leave the child process that has found it."""

from __future__ import annotations

from racelab.explorer.kernel.calls import CannotDecide

from ..frames import Frames
from ..result import KINDS, Result
from ..story import Story, TraceLine
from ..words import short


def told(result: Result, columns: int) -> Story | None:
    """A schedule in words; None if it does not lead there again.

    A fault of the lab in telling it takes no finding away: then the story has that, and no steps.

    Args:
        columns: of the terminal.
    """
    try:
        return _story(result, columns)
    except CannotDecide:
        return None
    except Exception as error:  # noqa: BLE001 - whatever it is, the schedule ends badly
        kind = KINDS.get(result.kind, "the schedule was followed")
        why = f"Its steps cannot be told, which is a fault of the lab ({type(error).__name__}: {error})."
        return Story("", "", f"{kind.capitalize()}. {why}", (), ())


def _story(result: Result, columns: int) -> Story:
    from ..telling import tell

    found = tell(result)
    lines = tuple(
        TraceLine(
            row.step,
            row.task,
            row.line.file if row.line else "",
            row.line.line if row.line else 0,
            row.line.text if row.line else "",
            "; ".join(row.words),
            row.preempts,
        )
        for row in found.rows()
    )
    known = bool(result.kind)
    advice = found.explained()[1] if known else ""
    return Story(
        found.name if known else "",
        found.meaning if known else "",
        short(found.paragraph()) if known else "",
        tuple(found.table(columns)),
        lines,
        Frames(found.trace, found.cause).all(),
        short(advice),
    )
