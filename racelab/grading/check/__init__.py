"""Checks the session store of a server that is running: `check(url, settings, progress)` gives a `Report`."""

from .report import Column, Report
from .run import check
from .settings import COLUMNS, ColumnKey, Settings

__all__ = ["COLUMNS", "Column", "ColumnKey", "Report", "Settings", "check"]
