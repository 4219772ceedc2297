"""What rewritten code calls. While nothing is explored the hooks do what the code said, and no more.

Each hook lets the task stop before it looks at anything, then marks what is touched, then does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from racelab.explorer.kernel.threads import here

from . import attributes, flow, in_place, items, iterating, looking, matching, names, whose
from .calls import call

_HOOKS = {
    "enter": flow.enter,
    "again": flow.again,
    "called": flow.called,
    "resumed": flow.resumed,
    "not_modelled": flow.not_modelled,
    "attr": attributes.read,
    "method": attributes.method,
    "attr_slot": attributes.Slot,
    "item": items.read,
    "item_slot": items.Slot,
    "contains": items.contains,
    "slice": slice,
    "keyed": looking.keyed,
    "change": in_place.change,
    "in_place": in_place.in_place,
    "iterate": iterating.iterate,
    "targets": names.Targets,
    "call": call,
    "class_parts": matching.class_parts,
    "variables": names.variables,
    "shared_read": names.shared_read,
    "shared_write": names.shared_write,
}


def look(value: Any, site: int, op: str) -> Any:
    """The hook: an operator is about to look at a value. Returns it; or a generator that is busy while it runs."""
    if looking.look_by(value, site, op):
        return value
    return iterating.used_up(value, site) if op in "iu" else value


def manage(manager: Any, site: int) -> Any:
    """The hook: what a `with` statement enters and leaves."""
    task = here.task
    if task is None or not flow.is_manager(manager, task.inside >= 0):
        return manager
    return flow.Managed(manager, site, call)


def hooks_for(
    namespace: dict[str, Any],
    module: str,  # noqa: ARG001 - the names know it too
    rebound: Iterable[str] = (),
) -> dict[str, Any]:
    """The builtins that a rewritten module needs beside Python's: the hooks, and its own `id`.

    Args:
        namespace: the globals of the module.
        module: its full name.
        rebound: the global names that its functions set. Their reads are recorded, and so any other one that is changed
            from outside leaves a gap.
    """
    return {
        **{f"_lab_{name}": hook for name, hook in _HOOKS.items()},
        **names.of_module(namespace),
        "_lab_look": look,
        "_lab_with": manage,
        whose.REBOUND: frozenset(rebound),
        "id": names.identity,
    }
