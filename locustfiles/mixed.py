"""All four bugs under one load.

A vanished change may have met another user and a refresh at once; then the cause is unknown.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent))  # 1: Locust takes its own entry at 0 away again

from locustfiles._visitors import Visitors


class Mixed(Visitors):
    """Edits, reads, or logs in and out."""

    kind = "mixed"
