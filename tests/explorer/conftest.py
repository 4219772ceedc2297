"""The fixture `explore`, as a reader has it; and what the tests of the explorer share."""

from __future__ import annotations

from racelab.explorer.pytest_plugin import explore

__all__ = ["explore"]
