"""Which tests may run beside others in `lab.py test`, which starts several pytest processes."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

from tests.engine_fixtures import open_folder, postgres_server, redis_cluster, redis_nodes, redis_server

__all__ = ["open_folder", "postgres_server", "redis_cluster", "redis_nodes", "redis_server"]

os.environ.setdefault("RACELAB_MAX_MEMORY_MB", "0")
"""A lab in the process of the tests would count what all tests before it have left, and refuse logins in the end."""

COMPUTE = (
    *("tests/explorer/", "tests/checker/", "tests/subject/", "tests/sessions/", "tests/instrument/test_replay_"),
    *("tests/grading/classes/", "tests/learning/"),
    *("tests/test_documents.py", "tests/test_chapters.py", "tests/test_front_door.py"),
)

APART = (
    *("tests/browser/", "tests/locust/", "tests/benchmarks/", "tests/web_sessions/"),
    *("tests/grading/test_check_", "tests/grading/", "tests/test_readme.py", "tests/test_package.py"),
)
MEASURE = ("tests/subject/test_redis_", "tests/sessions/test_expiry", "tests/sessions/test_lost_answers")
"""They wait for the ends of limits, so they run with others that measure time."""
WORKERS = ("tests/test_workers", "tests/test_engine", *MEASURE)
"""Several workers and engines, on folders and free ports of their own."""


THE_REST, TOGETHER, EXHAUSTIVE = "one after another", "workers and engines", "exhaustive"
ORDER = (
    *(THE_REST, "tests/browser/", "tests/grading/test_check_", EXHAUSTIVE, TOGETHER, "tests/web_sessions/"),
    *("tests/grading/", "tests/test_readme.py", "tests/locust/", "tests/test_package.py", "tests/benchmarks/"),
)
"""These groups take minutes and mostly wait, so they begin first: a long one that begins last would run alone.

Files with tests that compute for long begin among them, and use the processors meanwhile; the short ones fill the end.
"""


def group(nodeid: str) -> str:
    """The group of a test. A group runs one after another in one process.

    The explorer, the checker, the grading of classes and the documents compute, and the threads of the managers' tests
    wait for each other and never for a clock: each of those files is a group. The browser's tests are one group: a
    browser has nearly a processor to itself. Locust's tests are one, because two loads would meet on a port of Locust.
    The commands of the README take minutes, and leave nothing in the checkout.
    The others that measure time, start servers or take free ports are a few groups, and none of them is half of all.
    """
    if nodeid.startswith(COMPUTE) and not nodeid.startswith(MEASURE):
        return nodeid.partition("::")[0]
    if nodeid.startswith(WORKERS):
        return TOGETHER
    return next((each for each in APART if nodeid.startswith(each)), THE_REST)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In which order groups begin: see `ORDER`; the others by how many tests they have."""
    if not hasattr(config, "workerinput"):
        return
    groups = {item.nodeid: group(item.nodeid) for item in items}
    sizes = Counter(groups.values())
    places = {name: place for place, name in enumerate(ORDER)}
    for item in items:
        if item.get_closest_marker(EXHAUSTIVE):
            places.setdefault(groups[item.nodeid], places[EXHAUSTIVE])

    def place(item: pytest.Item) -> tuple[int, int, str]:
        name = groups[item.nodeid]
        return places.get(name, len(ORDER)), -sizes[name], name

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Divide the tests into groups."""
    from xdist.scheduler import LoadScopeScheduling

    # Not `--dist loadgroup`, which ignores its marks under pytest 9.2 (pytest-xdist's issue 1386).
    class Groups(LoadScopeScheduling):  # type: ignore[misc] # it comes without types
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return Groups(config, log)
