"""The modelled clock: it moves while tasks sleep, and when it is looked at can matter."""

from __future__ import annotations

from collections.abc import Callable

from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.points import Point
from racelab.explorer.kernel.threads import here
from racelab.explorer.primitives.clock import TIME_STANDS
from racelab.explorer.primitives.modules import THREADING, TIME
from tests.explorer.primitives.exploring import WAITS, Body, World, alone, endings


def test_a_sleep_moves_the_clock() -> None:
    """By what was slept, on every clock alike."""

    def body() -> tuple[float, float, int]:
        before, wall, fine = TIME.monotonic(), TIME.time(), TIME.perf_counter_ns()
        TIME.sleep(2)
        return TIME.monotonic() - before, TIME.time() - wall, TIME.perf_counter_ns() - fine

    assert alone(body) == (2.0, 2.0, 2_000_000_000)


def test_a_wait_that_ends_late_moves_the_clock() -> None:
    """By its time-out; one that ends in time does not."""

    def make() -> list[Body]:
        event = THREADING.Event()

        def wait() -> tuple[bool, float]:
            before = TIME.monotonic()
            return event.wait(3), TIME.monotonic() - before

        return [wait, event.set]

    assert {ending[0] for ending in endings(make, merge=True)} == {(True, 0.0), (False, 3.0)}


def test_another_sleep_may_come_before_a_look_at_the_clock() -> None:
    """Between an operation and the look that follows it another task may have slept."""

    def make() -> list[Body]:
        gate = THREADING.Semaphore(0)

        def look() -> float:
            before: float = TIME.time()
            gate.release()
            return float(TIME.time()) - before

        def sleep() -> None:
            gate.acquire()
            TIME.sleep(5)

        return [look, sleep]

    for merge in (False, True):
        assert {ending[0] for ending in endings(make, merge=merge)} == {0.0, 5.0}


def test_without_a_sleep_a_look_at_the_clock_is_no_point() -> None:
    """Where time stands, nobody can tell when another looked; and that it stands is said."""

    def make() -> list[Body]:
        return [lambda: TIME.time() - TIME.time()] * 2

    places = Places()
    assert set(endings(make, places, most=2)) == {(0.0, 0.0)}
    assert TIME_STANDS in places.assumed


def test_a_retry_with_sleeps_comes_to_its_end() -> None:
    """A loop of five sleeps ends, and a deadline is reached, alone and beside a task that waits."""

    def body() -> int:
        deadline, rounds = TIME.monotonic() + 5, 0
        while TIME.monotonic() < deadline:
            TIME.sleep(1)
            rounds += 1
        return rounds

    assert alone(body) == 5
    assert set(endings(lambda: [body, THREADING.Event().wait])) == {(5, WAITS)}


def test_a_loop_that_sleeps_for_ever_waits_for_ever() -> None:
    """Polling for what nobody does is not ready any more after a while; beside one that does it, it ends."""

    def make(sets: bool) -> Callable[[], list[Body]]:
        def bodies() -> list[Body]:
            event = THREADING.Event()

            def poll() -> str:
                while not event.is_set():
                    TIME.sleep(1)
                return "set"

            return [poll, event.set if sets else event.is_set]

        return bodies

    assert set(endings(make(sets=False), merge=True)) == {(WAITS, False)}
    assert set(endings(make(sets=True), merge=True)) == {("set", None)}


def test_a_task_knows_what_the_clock_said() -> None:
    """Two prefixes in which it said something else are not one state."""

    def make() -> list[Body]:
        def look() -> float:
            now: float = TIME.time()
            with THREADING.Lock(), THREADING.Lock():
                return now

        return [look, lambda: TIME.sleep(5)]

    assert len(endings(make, merge=True)) == 2


def test_a_call_that_has_not_begun_does_not_stop_a_retry() -> None:
    """When calls come one after another, one that sleeps five times goes on while the next one stands before it."""

    def make() -> list[Body]:
        def later() -> None:
            assert here.task is not None
            here.task.pause(Point("call", "begin"))

        return [lambda: [TIME.sleep(1) for _ in range(5)] and None, later]

    world = World(Places(), make)
    try:
        for _ in range(5):
            assert "A" in world.ready()
            world.step("A")
        assert world.tasks[0].done
    finally:
        world.close()
