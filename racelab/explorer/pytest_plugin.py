"""The explorer alone in tests of your own: `pytest_plugins = ["racelab.explorer.pytest_plugin"]`."""

from __future__ import annotations

from racelab.pytest_plugin import explore

__all__ = ["explore"]
