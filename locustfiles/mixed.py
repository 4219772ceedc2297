"""A bit of everything: all four bugs under one load, as on a busy afternoon.

What vanishes may have met another visitor and a refresh at once; then nobody can tell which of the two took it.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent))  # 1: Locust takes its own entry at 0 away again

from locustfiles._visitors import Visitors


class Mixed(Visitors):
    """Edits, reads, or comes and goes."""

    kind = "mixed"
