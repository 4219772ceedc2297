"""A world with a global that is built at its first use."""

from __future__ import annotations

from collections.abc import Callable

from session_manager.state import Lazy

from ..kernel.points import Point
from ..kernel.subject import Subject
from .world import World


class LazyWorld(World):
    """See `World`."""

    def actions(self) -> dict[str, Callable[..., object]]:
        """And the value, a number of its own for each that was built."""
        return {**super().actions(), "get_lazy": self._lazy.get}

    def _open(self, subject: Subject) -> None:
        super()._open(subject)
        self._built: list[int] = []
        self.built = self._built
        self._lazy = Lazy(self._build, self.runtime)
        self.values.leak(self.values.locks[-1])

    def _build(self) -> int:
        """What the lazy global holds; making it takes a while."""
        self.stage.point(Point("world", "build the value"))
        self._built.append(len(self._built))
        return self._built[-1]


WORLDS: dict[str, type[World]] = {"": World, "lazy": LazyWorld}
"""The worlds that a scenario can name."""
