"""What the page says of the managers that are served: how many, which keep dead letters, which can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from session_manager.model import KeepsDeadLetters

from ..bugs import Bug
from ..catalogue.variants import VARIANTS


@dataclass(frozen=True, slots=True)
class Shown:
    """See the module.

    Attributes:
        names: of the managers, in the order of the page.
        with_letters: those that give a row up and keep a dead letter.
        not_replayed: those that the explorer does not run.
    """

    names: tuple[str, ...]
    with_letters: frozenset[str]
    not_replayed: tuple[str, ...]

    @classmethod
    def of(cls, managers: Mapping[str, object]) -> Shown:
        """Look at the managers, by name."""
        return cls(
            tuple(managers),
            frozenset(name for name, manager in managers.items() if isinstance(manager, KeepsDeadLetters)),
            tuple(name for name in managers if name not in VARIANTS),
        )

    @property
    def all(self) -> str:
        """All of them together, within a sentence."""
        return {1: "the manager", 2: "both managers"}.get(len(self.names), "all managers")

    def places(self, bug: Bug) -> dict[str, str]:
        """Where the bug is, by the managers that are served; all of its places if none of them has it."""
        return {name: where for name, where in bug.where.items() if name in self.names} or dict(bug.where)

    def having(self, bug: Bug) -> tuple[str, ...]:
        """The managers that have the bug."""
        return tuple(name for name in self.names if name in bug.where)
