"""Losses between several workers: the calls of all of them, told through their journals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.workers import Workers

if TYPE_CHECKING:
    from tests.engines import RedisServer

pytestmark = pytest.mark.stress


def test_a_loss_between_workers_is_told_and_true(tmp_path: Path, redis_server: RedisServer) -> None:
    """What redis-buggy lost is drawn with the users' names, and is missing in Redis; redis-fixed lost nothing."""
    with Workers(tmp_path, redis_server.url) as lab:
        told = lab.run("lost_updates", 2)["variants"]
        lines = {
            variant: [line for card in told[variant]["cards"].values() for line in card["evidence"] if line["loss"]]
            for variant in told
        }
        assert not lines["redis-fixed"]
        assert lines["redis-buggy"]
        for line in lines["redis-buggy"]:
            loss: Any = lab.fetch(f"/lab/losses/redis-buggy/{line['loss']}")
            stored: Any = lab.fetch(f"/lab/sessions/redis-buggy/{loss['session_id']}")
            main = [call for call in loss["calls"] if call["role"] != "beside"]
            assert max(call["begin_ms"] for call in main) <= min(call["end_ms"] for call in main)
            assert all(call["caller"].startswith("visitor-") for call in loss["calls"])
            for call in main:
                if call["role"] == "gone":
                    assert stored["metadata"].get(call["key"]) != call["value"]
