"""The lab's own managers by name."""

from __future__ import annotations

from racelab.explorer.kernel.subject import Maker, Subject
from racelab.explorer.programs.given import known, maker
from session_manager import buggy, fixed
from session_manager.fixes import CATALOGUE
from session_manager.state import State

Variant = str | Maker | Subject
"""One of the lab's own managers by its name, whatever makes a reader's, or a subject."""


def _over_buggy(kind: type[buggy.SessionManager]) -> Maker:
    return lambda database, runtime: kind(database, State.private(runtime), runtime)


VARIANTS: dict[str, Maker] = {
    "buggy": _over_buggy(buggy.SessionManager),
    "fixed": fixed.SessionManager,
    **{name: _over_buggy(fix.manager) for name, fix in CATALOGUE.items()},
}
SUBJECTS: dict[str, Subject] = {name: Subject(name, make, merge_states=True) for name, make in VARIANTS.items()}
"""The same as subjects. That their states may be merged is a claim that tests compare with every schedule."""


def subject_of(variant: Variant) -> Subject:
    """What is to be explored.

    Raises:
        BadProgram: there is no variant of that name, or it makes no manager.
    """
    if isinstance(variant, Subject):
        return variant
    if isinstance(variant, str):
        return SUBJECTS[known(variant, "variant", SUBJECTS)]
    return Subject.of(maker("manager", variant))
