"""The models beside the real things: the same results and errors, word for word, and no ending that they lack."""

from __future__ import annotations

import concurrent.futures
import queue
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.primitives.modules import FUTURES, MODELLED, QUEUE, THREADING, TIME
from tests.explorer.primitives.exploring import WAITS, alone, endings, outcome
from tests.explorer.primitives.scripts import Script, Step, choose, scripts_over
from tests.explorer.primitives.test_against_stdlib import KINDS, SHAPES

SEED, MANY, LENGTH = 18, 60, 12
ROUNDS = 60
SOON = 0.0005
"""A time-out that ends late in both: nobody else runs."""
FOR_EVER = 20.0

OF_A_LOCK: list[Step] = [
    *[("acquire", (False,)), ("acquire", (True, SOON)), ("acquire", (False, 1)), ("acquire", (True, -2))],
    *[("acquire", (True, None)), ("acquire", (True, 1e20)), ("release", ()), ("release", ())],
]
OF_A_QUEUE: list[Step] = [
    *[("put", (2, False)), ("put", (1, True, SOON)), ("put", (3, True, -1)), ("put_nowait", (7,)), ("get", (False,))],
    *[("get", (True, SOON)), ("get", (True, -1)), ("get_nowait", ()), ("qsize", ()), ("empty", ()), ("full", ())],
    *[("task_done", ()), ("unfinished_tasks", ()), ("maxsize", ()), ("nonsense", ())],
]
if sys.version_info >= (3, 13):
    OF_A_QUEUE += [("shutdown", ()), ("shutdown", (True,)), ("is_shutdown", ())]


def fail() -> None:
    """An action that fails."""
    raise KeyError("x")


ALONE: dict[str, tuple[Callable[[], Any], Callable[[], Any], list[Step]]] = {
    "lock": (threading.Lock, THREADING.Lock, [*OF_A_LOCK, ("locked", ())]),
    "rlock": (threading.RLock, THREADING.RLock, [*OF_A_LOCK, ("acquire", ()), ("with", ()), ("_is_owned", ())]),
    "condition": (
        threading.Condition,
        THREADING.Condition,
        [
            *[("acquire", ()), ("release", ()), ("wait", (SOON,)), ("wait", (0,)), ("wait", (-1,)), ("notify", ())],
            *[("notify", (0,)), ("notify_all", ()), ("with notify", ()), ("with wait", (SOON,)), ("with", ())],
            *[("wait_for", (bool, SOON)), ("wait_for", (int, 0)), ("wait_for", (lambda: 7, None)), ("nonsense", ())],
        ],
    ),
    "event": (
        threading.Event,
        THREADING.Event,
        [*[("set", ()), ("clear", ()), ("is_set", ()), ("wait", (SOON,)), ("wait", (0,)), ("wait", (-1,))]],
    ),
    "semaphore": (
        lambda: threading.Semaphore(2),
        lambda: THREADING.Semaphore(2),
        [
            *[("acquire", (False,)), ("acquire", (True, SOON)), ("acquire", (False, 1)), ("acquire", (True, -1))],
            *[("release", ()), ("release", (0,)), ("release", (2,)), ("_value", ()), ("nonsense", ())],
        ],
    ),
    "bounded semaphore": (
        lambda: threading.BoundedSemaphore(2),
        lambda: THREADING.BoundedSemaphore(2),
        [("acquire", (False,)), ("acquire", (True, SOON)), ("release", ()), ("release", (2,)), ("_value", ())],
    ),
    "barrier of one": (
        lambda: threading.Barrier(1, lambda: None),
        lambda: THREADING.Barrier(1, lambda: None),
        [*[("wait", ()), ("abort", ()), ("reset", ()), ("broken", ()), ("n_waiting", ()), ("parties", ())]],
    ),
    "barrier of two": (
        lambda: threading.Barrier(2, None, SOON),
        lambda: THREADING.Barrier(2, None, SOON),
        [*[("wait", ()), ("wait", (0,)), ("abort", ()), ("reset", ()), ("broken", ()), ("n_waiting", ())]],
    ),
    "barrier that fails": (
        lambda: threading.Barrier(1, fail),
        lambda: THREADING.Barrier(1, fail),
        [*[("wait", ()), ("reset", ()), ("broken", ())]],
    ),
    "queue": (lambda: queue.Queue(2), lambda: QUEUE.Queue(2), OF_A_QUEUE),
    "queue without a bound": (queue.Queue, QUEUE.Queue, OF_A_QUEUE),
    "stack": (lambda: queue.LifoQueue(2), lambda: QUEUE.LifoQueue(2), OF_A_QUEUE),
    "heap": (queue.PriorityQueue, QUEUE.PriorityQueue, [*OF_A_QUEUE, ("put", ("x",)), ("put", ((1, "y"),))]),
    "simple queue": (
        queue.SimpleQueue,
        QUEUE.SimpleQueue,
        [
            *[("put", (2,)), ("put", (1, False, -1)), ("put_nowait", (7,)), ("get", (False,)), ("get", (True, SOON))],
            *[("get", (True, -1)), ("get", (False, -1)), ("get_nowait", ()), ("qsize", ()), ("empty", ())],
        ],
    ),
    "future": (
        concurrent.futures.Future,
        FUTURES.Future,
        [
            *[("result", (SOON,)), ("exception", (0,)), ("cancel", ()), ("cancelled", ()), ("done", ())],
            *[("running", ()), ("add_done_callback", (lambda one: one.done(),)), ("nonsense", ())],
            *[("set_running_or_notify_cancel", ()), ("set_result", (1,)), ("set_exception", (KeyError("x"),))],
        ],
    ),
}


def without_addresses(said: tuple[str, ...]) -> tuple[str, ...]:
    """The errors of futures show the future itself."""
    return tuple([one.partition(": <Future")[0] for one in said])


@pytest.mark.parametrize("name", ALONE)
def test_alone_a_model_answers_as_the_real_thing(name: str) -> None:
    """Random operations of one thread have the same results and the same errors."""
    real, model, steps = ALONE[name]
    chance = random.Random(f"{SEED} {name}")
    for _ in range(MANY):
        (program,) = choose(chance, steps, LENGTH)
        wanted = without_addresses(Script(program, real())())
        (ending,) = endings(scripts_over(model, [program]))
        assert without_addresses(ending[0]) == wanted, program


MISUSES: list[Callable[[Any, Any, Any, Any], object]] = [
    lambda t, q, f, c: t.Semaphore(-1),
    lambda t, q, f, c: t.BoundedSemaphore(-1),
    lambda t, q, f, c: t.Thread(1),
    lambda t, q, f, c: t.Thread().join(),
    lambda t, q, f, c: t.Thread().is_alive(),
    lambda t, q, f, c: t.Thread().ident,
    lambda t, q, f, c: t.Thread(name="x").name,
    lambda t, q, f, c: t.Thread(name=7, daemon=True).daemon,
    lambda t, q, f, c: t.current_thread().daemon,
    lambda t, q, f, c: started(t.Thread()).start(),
    lambda t, q, f, c: setattr(started(t.Thread()), "daemon", True),
    lambda t, q, f, c: started(t.Thread(target=int, args=("7",))).is_alive(),
    lambda t, q, f, c: started(t.Thread()).run(),
    lambda t, q, f, c: type("Own", (t.Thread,), {"__init__": lambda self: None})().start(),
    lambda t, q, f, c: type("Own", (t.Thread,), {"__init__": lambda self: None})().join(),
    lambda t, q, f, c: type("Own", (t.Thread,), {"run": lambda self: None})().nonsense,
    lambda t, q, f, c: t.local(3),
    lambda t, q, f, c: t.Barrier(2).parties,
    lambda t, q, f, c: t.Barrier(0).parties,
    lambda t, q, f, c: t.Condition(t.Lock()).notify(),
    lambda t, q, f, c: t.Condition(t.Lock()).wait(),
    lambda t, q, f, c: t.Timer(1, int).args,
    lambda t, q, f, c: t.nonsense,
    lambda t, q, f, c: q.nonsense,
    lambda t, q, f, c: q.Queue("x").put(1),
    lambda t, q, f, c: q.Queue(1).get(timeout="x"),
    lambda t, q, f, c: q.SimpleQueue(1),
    lambda t, q, f, c: q.Queue[int],
    lambda t, q, f, c: f.ThreadPoolExecutor(0),
    lambda t, q, f, c: f.ThreadPoolExecutor(1, "", 7),
    lambda t, q, f, c: down(f.ThreadPoolExecutor(1)).submit(int),
    lambda t, q, f, c: f.Executor().submit(int),
    lambda t, q, f, c: f.Executor().shutdown(),
    lambda t, q, f, c: f.wait([]),
    lambda t, q, f, c: f.wait([f.Future()], return_when="x"),
    lambda t, q, f, c: list(f.as_completed([])),
    lambda t, q, f, c: list(f.as_completed([f.Future(), f.Future()], 0.001)),
    lambda t, q, f, c: c.sleep(-1),
    lambda t, q, f, c: c.sleep("x"),
    lambda t, q, f, c: c.sleep(None),
    lambda t, q, f, c: c.sleep(0),
    lambda t, q, f, c: c.gmtime(0),
    lambda t, q, f, c: c.strftime("%Y", c.gmtime(0)),
    lambda t, q, f, c: c.nonsense,
]


def started(thread: Any) -> Any:
    """One that has run."""
    thread.start()
    thread.join()
    return thread


def down(pool: Any) -> Any:
    """One that was shut down."""
    pool.shutdown()
    return pool


def plain(said: str) -> str:
    """Without the names of packages and addresses."""
    for ours in ("racelab.explorer.primitives.queues", "racelab.explorer.primitives.locals"):
        said = said.replace(ours, "queue")
    return said.replace("__init__()", "()").replace(".(", "(").partition(" takes ")[0]


@pytest.mark.parametrize("number", range(len(MISUSES)))
def test_a_misuse_raises_what_the_real_one_raises(number: int) -> None:
    """The same error with the same words, or the same result."""
    misuse = MISUSES[number]
    wanted = outcome(lambda: misuse(threading, queue, concurrent.futures, time))
    got = alone(lambda: outcome(lambda: misuse(THREADING, QUEUE, FUTURES, TIME)))
    assert plain(str(got)) == plain(wanted)


@pytest.mark.parametrize("name", MODELLED)
def test_a_modelled_module_has_nothing_that_the_real_one_lacks(name: str) -> None:
    """Whatever a model has under a name the real module has, too."""
    real = sys.modules[name]
    own = {"futures", "thread"} if name.startswith("concurrent") else set()
    assert [
        one
        for one in vars(MODELLED[name])
        if not one.startswith("__") and one != "_real" and not hasattr(real, one) and one not in own
    ] == []


@pytest.fixture
def fast_switches() -> Iterator[None]:
    """Real threads are interrupted as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def run_for_real(scripts: list[Script]) -> tuple[object, ...]:
    """What real threads answer."""
    answers: list[object] = [None] * len(scripts)
    together = threading.Barrier(len(scripts))

    def run(index: int) -> None:
        together.wait()
        answers[index] = scripts[index]()

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(scripts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(FOR_EVER)
        assert not thread.is_alive()
    return tuple(answers)


@pytest.mark.stress
@pytest.mark.usefixtures("fast_switches")
@pytest.mark.parametrize("name", KINDS)
def test_real_threads_show_no_ending_that_a_model_lacks(name: str) -> None:
    """What real threads answer to small programs, the model can answer."""
    kind, chance = KINDS[name], random.Random(f"{SEED} real {name}")
    real, model = (queue, QUEUE) if kind.steps[0][0] == "put" else (threading, THREADING)
    seen, left = 0, MANY
    while seen < 6 and left:
        left -= 1
        program = choose(chance, kind.steps, *chance.choice(SHAPES))
        wanted = set(endings(scripts_over(lambda: kind.make(model), program), merge=True))
        if any(WAITS in str(ending) for ending in wanted):
            continue  # real threads would wait for ever, too
        seen += 1
        for _ in range(ROUNDS):
            assert run_for_real(scripts_over(lambda: kind.make(real), program)()) in wanted, program
    assert seen


def test_what_only_the_real_module_has_is_said() -> None:
    """An attribute that is not modelled is no error of the reader's code."""
    with pytest.raises(CannotDecide, match=r"threading.setprofile is not modelled"):
        _ = THREADING.setprofile
    with pytest.raises(CannotDecide, match="ProcessPoolExecutor is not modelled"):
        _ = FUTURES.ProcessPoolExecutor
    with pytest.raises(CannotDecide, match=r"queue.Queue.not_empty is not modelled"):
        alone(lambda: QUEUE.Queue().not_empty)
    with pytest.raises(CannotDecide, match=r"Setting threading.excepthook"):
        THREADING.excepthook = print
