"""Everything that was measured, as a file."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.instrument.labs import World
from tests.instrument.test_web import check_verdict


def test_the_export_holds_every_run_and_the_samples(world: World) -> None:
    """The JSON export is a file with every run, the present one last, and the samples."""
    world.save(world.login())
    world.tell("/lab/reset")
    world.save(world.login("buggy"), variant="buggy")
    world.lab.sampler.stop()
    world.lab.sampler.sample()
    taken, _ = world.lab.sampler.since(0)
    answer = world.client.get("/lab/export.json")
    assert answer.headers["Content-Disposition"] == "attachment; filename=session-race-lab.json"
    told = answer.get_json()
    assert list(told) == ["exported_at", "runs", "samples"]
    assert [(run["run"], run["ended_at"] is None) for run in told["runs"]] == [(1, False), (2, True)]
    assert told["runs"][0]["variants"]["fixed"]["promised"] == 1
    for run in told["runs"]:
        check_verdict(run)
    assert len(told["samples"]) == taken


def test_the_exported_page_needs_no_network(make_world: Callable[..., World]) -> None:
    """The HTML export loads nothing from elsewhere, and escapes what a visitor wrote."""
    world = make_world()
    nasty = "</script><script>alert(1)</script>"
    session = world.login("buggy")
    world.save(session, nasty, nasty, "buggy")
    world.lab.sessions.subjects["buggy"].census()
    store = world.lab.sessions.subjects["buggy"]._state.store.peek()  # type: ignore[union-attr]
    store[session].data.metadata.clear()
    store[session].data.access_count = 0
    world.lab.sampler.sample()
    world.lab.sampler.sample()
    answer = world.client.get("/lab/export.html")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Content-Disposition"] == "attachment; filename=session-race-lab.html"
    for part in world.verdict()["variants"]["buggy"]["parts"]:
        assert part["text"].replace("'", "&#39;") in answer.text
    assert "<script" not in answer.text
    assert nasty not in answer.text
    assert (
        re.findall(r"""(?:src|href)=["']?(?!#|data:)[^"'>\s]+|url\((?!["']?data:)|@import|fetch\(""", answer.text) == []
    )
