"""All four bugs under one load.

A vanished change may have met another user and a refresh at once; then the cause is unknown.
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


class Mixed(Visitors):
    """Edits, reads, or logs in and out."""

    kind = "mixed"


if __name__ == "__main__":
    run_single_user(Mixed)
