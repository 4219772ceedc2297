"""Stale overwrites: one user writes while others read, and a slow refresh restores stale data.

Each session has one reader, whose every read refreshes it, and one writer, who writes while the database takes long.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent))  # 1: Locust takes its own entry at 0 away again

from locust import run_single_user

try:
    from locustfiles._visitors import Visitors
except ModuleNotFoundError as missing:  # a worker gets this file alone from its master
    sys.exit(f"This load needs {missing.name}: start the worker in the folder of a Session Race Lab, with its Python.")


class StaleOverwrites(Visitors):
    """Writes to a session, or reads one that another user writes to."""

    kind = "stale_overwrites"


if __name__ == "__main__":
    run_single_user(StaleOverwrites)
