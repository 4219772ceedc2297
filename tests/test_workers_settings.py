"""Settings of several workers: a slip ends gunicorn with a sentence, before anything listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab import several
from racelab.server import Server, ServerError
from tests.subject.cases import Cases

pytestmark = pytest.mark.stress


def test_a_wrong_number_of_workers_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """So are managers that are no list, and the sentence comes without a traceback of gunicorn."""
    with Cases() as cases:
        for name, value in (
            *(("RACELAB_WORKERS", value) for value in ("0", "-1", "x", "1.5", "", "1000")),
            *(("RACELAB_THREADS", value) for value in ("0", "x")),
        ):
            with cases.case(name, value):
                with pytest.raises(ServerError, match=f"{name} must be a whole number from 1 to") as refused:
                    Server(tmp_path, environ={name: value})
                assert "Traceback" not in str(refused.value)


def test_one_worker_with_managers_in_memory_is_served(tmp_path: Path) -> None:
    """There is nothing to share, so the setting asks for nothing."""
    with Server(tmp_path, threads=10, environ={"RACELAB_WORKERS": "1"}) as lab:
        assert lab.fetch("/lab/status")["workers"] == []


def test_managers_that_are_no_list_are_left_to_the_app() -> None:
    """gunicorn's parent fails at no value of the setting, and the app names it."""
    with Cases() as cases:
        for given in ("5", "[]", '[["buggy"]]', '"buggy"', "null", "buggy", "{}"):
            with cases.case(given):
                assert several.local_variants({several.VARIANTS: given}) == []
        assert several.local_variants({several.VARIANTS: '["fixed", "redis-fixed"]'}) == ["fixed"]
        assert several.local_variants({}) == ["buggy", "fixed"]
