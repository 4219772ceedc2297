"""What is explored: whatever makes a manager, its name, and what is known about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from session_manager.model import Manager
from session_manager.sync import Runtime

Maker = Callable[[Any, Runtime], Manager]
"""Called with a database (see `session_manager.databases`) and a runtime."""


@dataclass(frozen=True, slots=True)
class Subject:
    """See the module.

    Attributes:
        name: what to call it.
        make: makes a fresh manager, over a database and a runtime.
        merge_states: states may be recognised by value, and its operations do nothing before their first point that
            another task could notice. Tests compare that with every schedule, and with a point at each beginning.
    """

    name: str
    make: Maker
    merge_states: bool = False

    @classmethod
    def of(cls, maker: Maker) -> Subject:
        """A reader's own manager, of which nothing is known."""
        return cls(str(getattr(maker, "__name__", type(maker).__name__)), maker)
