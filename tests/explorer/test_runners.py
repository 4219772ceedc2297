"""Greenlets that are used again: a body notices nothing of the one before it."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from racelab.explorer import SCENARIOS, parse, replay
from racelab.explorer.kernel.runners import DEEP, MOST_IDLE, Runner

told: ContextVar[str] = ContextVar("told", default="nothing")


def paused(after: Callable[[Runner], Any] = lambda _: None) -> tuple[Runner, list[str]]:
    """A runner whose body has paused once, and what the body says."""
    runner, said = Runner.borrow(), list[str]()

    def body() -> None:
        said.append("begun")
        runner.pause()
        after(runner)
        said.append("ended")

    runner.go_on(body)
    return runner, said


def test_a_body_runs_from_pause_to_pause() -> None:
    """A runner whose body has ended is borrowed again."""
    runner, said = paused()
    assert said == ["begun"]
    runner.go_on()
    assert said == ["begun", "ended"]
    runner.give_back()
    assert Runner.borrow() is runner
    runner.give_back()


def test_a_body_is_ended_in_the_middle_and_its_runner_used_again() -> None:
    """A body that is ended runs its `finally`, and its runner takes another body."""
    ended = list[str]()

    def tidy(runner: Runner) -> None:
        try:
            runner.pause()
        finally:
            ended.append("tidied")

    runner, said = paused(tidy)
    runner.go_on()
    runner.give_back()
    assert (said, ended) == (["begun"], ["tidied"])
    again, said = paused()
    assert again is runner
    again.go_on()
    assert said == ["begun", "ended"]
    again.give_back()


def test_an_error_comes_out_and_its_runner_is_used_no_more() -> None:
    """A body's error is raised, and its runner is not borrowed again."""

    def fail(_: Runner) -> None:
        raise LookupError("of the body's")

    runner, _ = paused(fail)
    with pytest.raises(LookupError, match="of the body's"):
        runner.go_on()
    runner.give_back()
    assert runner.frame is None
    assert Runner.borrow() is not runner


def test_a_body_that_does_not_end_keeps_its_runner() -> None:
    """A runner whose body swallows its end is not borrowed again."""

    def stay(runner: Runner) -> None:
        with contextlib.suppress(BaseException):
            runner.pause()
        runner.pause()

    runner, _ = paused(stay)
    runner.go_on()
    runner.give_back()
    assert Runner.borrow() is not runner


def test_what_begins_inside_another_body_comes_back_to_its_caller() -> None:
    """A body begun inside another one returns to the caller that resumes it."""
    inner = list[tuple[Runner, list[str]]]()
    outer, said = paused(lambda _: inner.append(paused(lambda runner: runner.pause())))
    outer.go_on()
    assert said == ["begun", "ended"]
    ((within, whispered),) = inner
    outer.give_back()
    within.give_back()  # never gone on with: it still came back here
    assert whispered == ["begun"]


def test_a_body_sees_no_context_of_the_one_before() -> None:
    """A context variable that one execution sets is unset in the next."""
    seen = list[str]()

    def look_and_set(_: Runner) -> None:
        seen.append(told.get())
        told.set("a secret")

    for _ in range(2):
        runner, _said = paused(look_and_set)
        runner.go_on()
        runner.give_back()
    assert seen == ["nothing", "nothing"]
    assert told.get() == "nothing"


def alive() -> int:
    """How many runners there are."""
    gc.collect()
    return sum(type(thing) is Runner for thing in gc.get_objects())


def test_runners_go_with_their_thread() -> None:
    """When a thread has ended, its runners are gone."""
    before = alive()
    for _ in range(10):
        other = threading.Thread(target=lambda: replay(SCENARIOS["lost-increment"], "buggy", parse("A1 B3 A2")))
        other.start()
        other.join()
    assert alive() == before


def test_no_more_runners_are_kept_than_are_of_use() -> None:
    """At most `MOST_IDLE` runners are kept, however many were borrowed at once."""
    before = alive()
    borrowed = [Runner.borrow() for _ in range(2 * MOST_IDLE)]
    for runner in borrowed:
        runner.give_back()
    borrowed.clear()
    del runner
    assert alive() - before <= MOST_IDLE


def test_a_runner_that_was_made_deep_down_is_not_kept() -> None:
    """A runner made deep in a recursion is not kept, as it counts on from there."""

    def deep(levels: int) -> None:
        if levels:
            return deep(levels - 1)
        kept = [Runner.borrow() for _ in range(MOST_IDLE)]  # so that the next one is new
        new = Runner.borrow()
        new.give_back()
        assert Runner.borrow() is not new
        for runner in kept:
            runner.give_back()
        return None

    deep(DEEP)
    seen = list[int]()

    def down(levels: int) -> int:
        return down(levels - 1) + 1 if levels else 0

    runner, _ = paused(lambda _: seen.append(down(sys.getrecursionlimit() - 3 * DEEP)))
    runner.go_on()
    runner.give_back()
    assert seen == [sys.getrecursionlimit() - 3 * DEEP]
