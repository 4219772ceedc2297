"""Cleanup that never ends: users log in and out, and rows that cannot be removed stay queued for ever.

There is no added delay and no fault: half of all ids have an odd length, and cleanup of those fails every time.
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


class CleanupLeak(Visitors):
    """Logs in and out again."""

    kind = "cleanup_leak"


if __name__ == "__main__":
    run_single_user(CleanupLeak)
