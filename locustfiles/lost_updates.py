"""Lost updates: many users change the same sessions, and the last write wins.

The sessions never get old enough to be refreshed from the database, so whatever vanishes was lost to another visitor.
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


class LostUpdates(Visitors):
    """Saves to, or reads, a session that other users use at the same time."""

    kind = "lost_updates"


if __name__ == "__main__":
    run_single_user(LostUpdates)
