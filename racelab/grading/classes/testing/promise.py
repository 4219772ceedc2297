"""What a test promises: to end, and to raise nothing. It stands in the place of the test's module as specification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

SPECIFICATION: Final = f"{__name__}:Passes"


class Passes:
    """Has every method, and none of them does anything."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        def passes(*_arguments: object, **_named: object) -> None:
            """As a test that passes."""

        return passes
