"""`Thread`, `Timer`, `local` and who runs, as models."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from racelab.explorer.primitives.current import current_thread, enumerate_threads, get_ident, main_thread
from racelab.explorer.primitives.events import Event
from racelab.explorer.primitives.locals import Local
from racelab.explorer.primitives.locks import Lock
from racelab.explorer.primitives.semaphores import Semaphore
from racelab.explorer.primitives.thread_objects import Thread, Timer
from tests.explorer.primitives.exploring import WAITS, alone, endings, outcome

Bodies = list[Callable[[], object]]


def test_what_a_joined_thread_did_is_there() -> None:
    """After `join` everything the thread has done is seen."""

    def body() -> int:
        made: list[int] = []
        thread = Thread(target=made.append, args=(1,))
        thread.start()
        thread.join()
        return made[0]

    assert alone(body) == 1


def test_a_thread_that_is_not_joined_may_not_be_done() -> None:
    """The twin: without `join` its effect may be missing."""

    def make() -> Bodies:
        def body() -> int:
            made: list[int] = []
            gate = Semaphore(1)

            def run() -> None:
                with gate:
                    made.append(1)

            Thread(target=run).start()
            gate.acquire()
            return len(made)

        return [body]

    assert set(endings(make)) == {(0,), (1,)}


def test_a_subclass_has_its_own_run_and_its_own_stop() -> None:
    """A subclass with `run`, and with names that the kernel uses too, works."""

    class Worker(Thread):
        def __init__(self) -> None:
            super().__init__(name="worker")
            self.told = Event()
            self.clock = self.kind = 7

        def run(self) -> None:
            self.told.wait()
            self.kind = 8

        def stop(self) -> None:
            self.told.set()

        def running(self) -> str:
            return "mine"

    def body() -> tuple[str, int, int, str, bool]:
        worker = Worker()
        worker.start()
        worker.stop()
        worker.join()
        return worker.name, worker.clock, worker.kind, worker.running(), worker.is_alive()

    assert alone(body) == ("worker", 7, 8, "mine", False)


def test_another_task_may_find_a_thread_not_started() -> None:
    """A look from outside can come before a start that no other point precedes."""

    def make() -> Bodies:
        gate, threads = Semaphore(0), [Thread()]

        def begin() -> None:
            gate.release()
            threads[0].start()

        def look() -> bool | str:
            gate.acquire()
            try:
                threads[0].join()
            except RuntimeError as error:
                return str(error)
            return threads[0].is_alive()

        return [begin, look]

    assert set(endings(make)) == {(None, "cannot join thread before it is started"), (None, False)}


def test_two_tasks_that_start_one_thread() -> None:
    """One of them gets the error of the real one."""

    def make() -> Bodies:
        thread = Thread()
        return [lambda: outcome(thread.start), lambda: outcome(thread.start)]

    twice = "RuntimeError: threads can only be started once"
    assert set(endings(make)) == {("None", twice), (twice, "None")}


def test_a_thread_that_joins_itself() -> None:
    """The error of the real one, and a crash if it is not caught."""

    def make() -> Bodies:
        def body() -> None:
            thread = Thread(target=lambda: current_thread().join())
            thread.start()
            thread.join()

        return [body]

    assert set(endings(make)) == {(None, "B: RuntimeError")}


def test_an_exception_ends_a_thread_and_is_noted() -> None:
    """It is a crash of the program, and whoever joins goes on; `SystemExit` is none."""

    def make(error: BaseException) -> Callable[[], Bodies]:
        def run() -> None:
            raise error

        def body() -> str:
            thread = Thread(target=run)
            thread.start()
            thread.join()
            return "joined"

        return lambda: [body]

    assert set(endings(make(KeyError("x")))) == {("joined", "B: KeyError")}
    assert set(endings(make(SystemExit()))) == {("joined",)}


def test_a_join_with_a_time_out_can_give_up() -> None:
    """A thread that waits for a lock may still be alive afterwards; without a time-out it is not."""

    def make(timeout: float | None) -> Callable[[], Bodies]:
        def body() -> bool:
            lock = Lock()
            thread = Thread(target=lock.acquire)
            thread.start()
            thread.join(timeout)
            return thread.is_alive()

        return lambda: [body]

    assert set(endings(make(1.0))) == {(True,), (False,)}
    assert set(endings(make(None))) == {(False,)}


def test_a_timer_runs_or_is_cancelled() -> None:
    """Its time may be over at any turn before it is cancelled, and not after."""

    def make() -> Bodies:
        def body() -> list[int]:
            made: list[int] = []
            timer = Timer(5, made.append, (1,))
            timer.start()
            timer.cancel()
            timer.join()
            return made

        return [lambda: tuple(body())]

    assert set(endings(make)) == {((),), ((1,),)}


def test_each_task_sees_its_own_local() -> None:
    """What one task stores no other sees; a subclass's `__init__` runs in each."""

    class Mine(Local):
        def __init__(self, start: int) -> None:
            self.count = start

    def make() -> Bodies:
        plain, mine, lock = Local(), Mine(5), Lock()
        plain.x = "set-up"

        def body(name: str) -> tuple[object, ...]:
            before = hasattr(plain, "x")
            plain.x = name
            mine.count += 1
            with lock:
                pass
            return before, plain.x, mine.count, sorted(plain.__dict__) == ["x"]

        return [lambda: body("A"), lambda: body("B")]

    assert set(endings(make)) == {((False, "A", 6, True), (False, "B", 6, True))}


def test_a_local_that_has_nothing_says_so() -> None:
    """A name that is not there, and arguments without an `__init__`."""

    def body() -> tuple[str, str, str]:
        plain = Local()
        plain.x = 1
        del plain.x
        return outcome(lambda: plain.x), outcome(lambda: plain.__delattr__("y")), outcome(lambda: Local(3))

    assert alone(body) == (
        "AttributeError: 'Local' object has no attribute 'x'",
        "AttributeError: 'Local' object has no attribute 'y'",
        "TypeError: Initialization arguments are not supported",
    )


def test_who_runs() -> None:
    """A task of the program is a thread of its own, the same at each question; set-up is the main thread."""

    def make() -> Bodies:
        in_set_up = current_thread()

        def body() -> tuple[bool, ...]:
            me = current_thread()
            others: list[Thread] = []
            thread = Thread(target=lambda: others.append(current_thread()))
            thread.start()
            thread.join()
            return (
                in_set_up is main_thread(),
                me is current_thread(),
                me is not main_thread(),
                isinstance(me, Thread),
                me.ident == get_ident(),
                others == [thread],
                me in enumerate_threads(),
                thread not in enumerate_threads(),
                me.is_alive(),
            )

        return [body]

    assert set(endings(make)) == {((True,) * 9,)}


def test_a_thread_in_a_deadlock_waits_for_ever() -> None:
    """Whoever joins a thread that waits for a lock of its own waits too."""

    def make() -> Bodies:
        lock = Lock()

        def body() -> None:
            with lock:
                thread = Thread(target=lock.acquire)
                thread.start()
                thread.join()

        return [body]

    assert set(endings(make)) == {(WAITS,)}


@pytest.mark.parametrize("daemon", [True, False])
def test_a_daemon_makes_daemons(daemon: bool) -> None:
    """Whether a thread is a daemon it inherits from whoever makes it."""

    def body() -> bool | None:
        inner: list[bool] = []
        thread = Thread(target=lambda: inner.append(Thread().daemon), daemon=daemon)
        thread.start()
        thread.join()
        return inner[0]

    assert alone(body) is daemon
