"""`concurrent.futures` as models: every ending that the library's own source shows, the model has."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from racelab.explorer.kernel.places import Places
from racelab.explorer.primitives.future_waits import IN_ORDER
from racelab.explorer.primitives.modules import FUTURES, THREADING
from tests.explorer.primitives import stdlib_over_locks
from tests.explorer.primitives.exploring import Body, Ending, World, endings, outcome

SAMPLES, SEED = 150, 18
"""Random schedules of the library's own source for each program."""
MOST_STEPS = 2_000
Program = Callable[[Any], list[Body]]


def fail() -> None:
    """Work that fails."""
    raise KeyError("x")


def two_submit(of: Any) -> list[Body]:
    """Two tasks submit to a pool of one worker."""
    pool = of.ThreadPoolExecutor(1)
    return [lambda: pool.submit(abs, -1).result(), lambda: pool.submit(abs, -2).result()]


def shut_down_meanwhile(of: Any) -> list[Body]:
    """One submits while the other shuts down."""
    pool = of.ThreadPoolExecutor(1)
    return [lambda: outcome(lambda: pool.submit(abs, -1).result()), lambda: pool.shutdown(wait=False)]


def cancel_what_waits(of: Any) -> list[Body]:
    """One shuts down and cancels while work waits."""
    pool = of.ThreadPoolExecutor(1)

    def body() -> object:
        one, two = pool.submit(abs, -1), pool.submit(abs, -2)
        pool.shutdown(cancel_futures=True)
        return outcome(one.result), outcome(two.result)

    return [body]


def cancel_one(of: Any) -> list[Body]:
    """Work is cancelled, or has begun."""
    pool = of.ThreadPoolExecutor(1)

    def body() -> object:
        future = pool.submit(abs, -1)
        said = future.cancel()
        return said, outcome(future.result), future.cancelled(), future.done(), future.running()

    return [body]


def failing(of: Any) -> list[Body]:
    """Work that raises; a callback that raises; a callback that comes late."""
    pool = of.ThreadPoolExecutor(1)

    def body() -> object:
        called: list[str] = []
        future = pool.submit(fail)
        future.add_done_callback(lambda _: fail())
        future.add_done_callback(lambda one: called.append(type(one.exception()).__name__))
        pool.shutdown()
        return outcome(future.result), tuple(called)

    return [body]


def wait_for_each_other(of: Any) -> list[Body]:
    """Work that waits for other work, in a pool of one worker: it waits for ever."""
    pool = of.ThreadPoolExecutor(1)
    return [lambda: pool.submit(lambda: pool.submit(abs, -1).result()).result()]


def wait_in_two(of: Any) -> list[Body]:
    """The same with two workers, after one has been idle."""
    pool = of.ThreadPoolExecutor(2)

    def body() -> object:
        first = pool.submit(abs, -3).result()
        return first, pool.submit(lambda: pool.submit(abs, -1).result()).result()

    return [body]


def first_of_two(of: Any) -> list[Body]:
    """Wait for the first of two futures that others complete."""
    one, two = of.Future(), of.Future()

    def body() -> object:
        done, rest = of.wait([one, two], return_when=of.FIRST_COMPLETED)
        return one in done, two in done, one in rest, two in rest

    return [body, lambda: one.set_result(1), lambda: two.set_exception(KeyError("x"))]


def all_of_two(of: Any) -> list[Body]:
    """Wait for both, and for an exception."""
    one, two = of.Future(), of.Future()

    def body() -> object:
        done, _ = of.wait([one, two], return_when=of.FIRST_EXCEPTION)
        return one in done, two in done

    return [body, lambda: one.set_result(1), lambda: two.set_exception(KeyError("x"))]


def wait_for_a_cancelled_one(of: Any) -> list[Body]:
    """A future that was cancelled completes only when a worker comes upon it."""
    one = of.Future()
    return [
        lambda: len(of.wait([one], 1)[0]),
        one.cancel,
        lambda: outcome(one.set_running_or_notify_cancel),
    ]


def as_they_come(of: Any) -> list[Body]:
    """`as_completed` of two futures that others complete, at first none."""
    one, two, gate = of.Future(), of.Future(), THREADING.Semaphore(0)

    def body() -> object:
        gate.release(2)
        return tuple([future.result() for future in of.as_completed([one, two])])

    def later(future: Any, result: int) -> None:
        gate.acquire()
        future.set_result(result)

    return [body, lambda: later(one, 1), lambda: later(two, 2)]


def too_late(of: Any) -> list[Body]:
    """`as_completed`, `result` and `exception` that give up."""
    one = of.Future()

    def body() -> object:
        return outcome(lambda: [len(one.result()) for one in of.as_completed([one], 1)])

    return [body, lambda: outcome(lambda: one.result(1)), lambda: one.set_result("x")]


def set_twice(of: Any) -> list[Body]:
    """Two complete one future, or begin it."""
    one = of.Future()

    def name(does: Body) -> str:
        return outcome(does).partition(":")[0]

    return [
        lambda: name(lambda: one.set_result(1)),
        lambda: (name(one.set_running_or_notify_cancel), name(one.cancel)),
        lambda: name(lambda: one.set_exception(KeyError("x"))),
    ]


def mapped(of: Any) -> list[Body]:
    """`map` keeps the order, and raises where it failed."""
    pool = of.ThreadPoolExecutor(1)

    def body() -> object:
        got = pool.map(lambda number: 6 // number, [1, 2, 0])
        return next(got), next(got), outcome(lambda: next(got)), outcome(lambda: next(got))

    return [body]


def bad_beginning(of: Any) -> list[Body]:
    """A pool whose initializer fails."""
    pool = of.ThreadPoolExecutor(1, initializer=fail)
    return [lambda: outcome(lambda: pool.submit(abs, -1).result()), lambda: outcome(lambda: bool(pool.submit(abs, -2)))]


def look_meanwhile(of: Any) -> list[Body]:
    """Who looks at a future can find it before, while and after it is done."""
    pool = of.ThreadPoolExecutor(1)

    def body() -> object:
        future = pool.submit(abs, -1)
        return future.running(), future.done(), future.running()

    return [body]


def cancel_meanwhile(of: Any) -> list[Body]:
    """Cancelling comes in time, or too late."""
    pool = of.ThreadPoolExecutor(1)

    def body() -> object:
        future = pool.submit(abs, -1)
        return future.cancel(), future.cancelled()

    return [body]


def two_workers(of: Any) -> list[Body]:
    """Three calls for two workers."""
    pool = of.ThreadPoolExecutor(2)
    done: list[int] = []

    def body() -> object:
        for future in [pool.submit(done.append, number) for number in (1, 2, 3)]:
            future.result()
        return tuple(done)

    return [body]


PROGRAMS: list[Program] = [
    *(two_submit, shut_down_meanwhile, cancel_what_waits, cancel_one, failing, wait_for_each_other, wait_in_two),
    *(first_of_two, all_of_two, wait_for_a_cancelled_one, as_they_come, too_late, set_twice, mapped, bad_beginning),
    *(look_meanwhile, cancel_meanwhile, two_workers),
]


def sampled(program: Program) -> set[Ending]:
    """Endings of the library's own source, under random schedules."""
    chance, places, found = random.Random(SEED), Places(), set()
    for _ in range(SAMPLES):
        world = World(places, lambda: program(stdlib_over_locks.futures()))
        try:
            steps = 0
            while (ready := world.ready()) and steps < MOST_STEPS:
                world.step(chance.choice(ready))
                steps += 1
            found.add(world.answers())
        finally:
            world.close()
    return found


@pytest.mark.parametrize("program", PROGRAMS, ids=[one.__name__ for one in PROGRAMS])
def test_the_model_has_every_ending_of_the_library(program: Program) -> None:
    """What the source of `concurrent.futures` shows under random schedules, the model shows."""
    of_model = set(endings(lambda: program(FUTURES), merge=True))
    assert sampled(program) <= of_model


def test_a_future_is_found_pending_running_and_done() -> None:
    """Each of the three states can be seen, pending also after a worker has taken it."""
    found = {ending[0] for ending in endings(lambda: look_meanwhile(FUTURES), merge=True)}
    states = {(running, done) for running, done, _ in found}
    assert states == {(False, False), (True, False), (False, True), (True, True)}

    def look_after(of: Any) -> list[Body]:
        pool = of.ThreadPoolExecutor(1)

        def body() -> object:
            future = pool.submit(abs, -1)
            pool.shutdown(wait=False, cancel_futures=True)
            return future.running(), future.cancelled(), future.done()

        return [body]

    of_model = set(endings(lambda: look_after(FUTURES), merge=True))
    assert ((False, False, False),) in of_model
    assert sampled(look_after) <= of_model


@pytest.mark.parametrize("of", ["model", "library"])
def test_a_cancelled_future_is_complete_once_a_worker_has_met_it(of: str) -> None:
    """`wait` goes on waiting for one that was only cancelled; its result says so at once."""

    def body() -> object:
        library = FUTURES if of == "model" else stdlib_over_locks.futures()
        one = library.Future()
        one.cancel()
        first = outcome(one.result), len(library.wait([one], 1).done)
        return first, one.set_running_or_notify_cancel(), len(library.wait([one], 1).done)

    (ending,) = endings(lambda: [body])
    assert ending == ((("CancelledError: ", 0), False, 1),)


def test_futures_come_in_the_order_in_which_they_were_completed() -> None:
    """Also those that were complete before; that this is assumed is said."""

    def body() -> object:
        one, two, three = FUTURES.Future(), FUTURES.Future(), FUTURES.Future()
        for future in (two, three, one):
            future.set_result([one, two, three].index(future))
        return tuple([future.result() for future in FUTURES.as_completed([one, two, three])])

    places = Places()
    assert set(endings(lambda: [body], places)) == {((1, 2, 0),)}
    assert IN_ORDER in places.assumed
