"""Objects whose end runs code of the author's: when that is no schedule says, so they are kept until all is over."""

from __future__ import annotations

from .places import Places


class Mortals:
    """Those of one execution, each with how to say that its end is not explored."""

    def __init__(self) -> None:
        self._kept: list[tuple[object, str]] = []

    def add(self, value: object, reason: str) -> None:
        """When that object goes, code of the author's runs. It is kept, so that it never does here."""
        self._kept.append((value, reason))

    def reasons(self, stays: object = None) -> list[str]:
        """What is not explored, but for the end of the object that the whole program is about."""
        return [reason for value, reason in self._kept if value is not stays]

    def tell(self, places: Places, stays: object) -> None:
        """At the end of an execution: each leaves a gap, and may go."""
        places.gaps.update(self.reasons(stays))
        self._kept.clear()
