"""Managers as far as a look goes, and why one is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from racelab.explorer.kernel.guard import NotModelled
from racelab.explorer.kernel.look import refuse_real_parts


class Plain:
    """A manager as far as a look goes."""


def holding(thing: object) -> Plain:
    """A manager with something in an attribute."""
    manager = Plain()
    manager.held = thing  # type: ignore[attr-defined]
    return manager


def doing(method: Callable[..., Any], **more: Any) -> Any:
    """A manager with a method and other members of its class."""
    return type("Doing", (Plain,), {"__module__": __name__, "does": method, **more})()


def refusal(manager: object, *also: object) -> str:
    """Why a manager is refused; empty if it is not."""
    try:
        refuse_real_parts(manager, *also)
    except NotModelled as reason:
        return str(reason)
    return ""
