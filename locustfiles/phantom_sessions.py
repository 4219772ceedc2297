"""Phantom sessions: steps fail while users log in and out, and the counts then differ for ever.

Only sessions whose row can be cleaned up are closed, so the queue drains and nothing but the counts can be wrong.
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


class PhantomSessions(Visitors):
    """Logs in, and out again where cleanup can work."""

    kind = "phantom_sessions"


if __name__ == "__main__":
    run_single_user(PhantomSessions)
