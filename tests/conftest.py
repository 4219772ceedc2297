"""Which tests may run beside others in `lab.py test`, which starts several pytest processes."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPUTE = (HERE / "explorer", HERE / "checker")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests for pytest-xdist, which runs a group one after another in one process.

    The explorer and the checker compute: no thread, clock or port decides what they find, so each file is a group.
    All others are one group, because they measure time, start servers or take free ports.
    """
    for item in items:
        beside = any(item.path.is_relative_to(folder) for folder in COMPUTE)
        item.add_marker(pytest.mark.xdist_group(item.path.name if beside else "one after another"))
