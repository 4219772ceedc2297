"""The benchmark of the Flask sessions: what it counts is there, and what is missing is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from benchmarks._served import CONNECTIONS, serving
from benchmarks._session_costs import KEPT, document
from benchmarks.sessions import PAGES, PEERS, Served, measure, reached

pytestmark = pytest.mark.commands


@pytest.fixture(scope="module")
def memory() -> Iterator[Served]:
    """The two pages over sessions in memory."""
    with serving("benchmarks._session_pages:app", {"BENCHMARK_SESSIONS": "memory:"}) as port:
        yield Served(port)


def test_no_acknowledged_write_is_missing(memory: Served) -> None:
    """Every answer of the load is in the sessions, also those before it was measured."""
    rates = measure({"memory": memory}, 1, 0.2)
    assert all(rates[page]["memory"][0] > 0 for page in PAGES)
    assert memory.written >= CONNECTIONS
    assert memory.lost() == 0


def test_a_missing_write_is_counted(memory: Served) -> None:
    """More answers than the sessions have can only be lost ones."""
    stored = memory.written + 3
    memory.written = stored + 100
    assert 103 - CONNECTIONS <= memory.lost() <= 103  # what was on its way when the load ended may be there


def test_each_store_is_compared_with_its_own_peer() -> None:
    """Of the same page and round; a lost write is no reached target."""
    row = {"cookie": [100.0], "Flask-Session": [50.0], "memory": [90.0], "SQLite": [70.0], "Redis": [60.0]}
    targets = {each.name: each for each in reached(dict.fromkeys(PAGES, row), dict.fromkeys(PEERS, 0) | {"Redis": 1})}
    assert targets["a page that reads: memory / cookie"].reached
    assert not targets["a page that writes: SQLite / cookie"].reached
    assert targets["a page that writes: Redis / Flask-Session"].measured == 1.2
    assert not targets["writes lost on Redis"].reached


def test_the_page_of_costs_follows_from_its_measurement() -> None:
    """No figure of docs/sessions-cost.md is typed by hand."""
    told = json.loads(KEPT.read_text(encoding="utf-8"))
    page = document(told)
    assert KEPT.with_suffix(".md").read_text(encoding="utf-8") == page
    told["targets"][0]["reached"] = not told["targets"][0]["reached"]
    assert document(told) != page
