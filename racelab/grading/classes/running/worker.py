"""The child process that runs the reader's code: `python -m ...running.worker SOCKET LIFELINE MEMORY`.

It takes one task after another from its parent and sends back what came of it. It ends when its parent does.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from ..result import FOUND
from ..story import Graded, Replayed
from ..target import TargetError
from .below import end_below
from .telling import told

if TYPE_CHECKING:
    from racelab.grading.stress.rounds import Stressed

    from ..choosing.choice import Choice, Given
    from ..program import Program
    from ..scenarios.outcome import Scene
    from ..scenarios.probe import Contract
    from ..target import Named

Say = Callable[[Any], None]
DONE, REFUSED, FAILED, SAID = "done", "refused", "failed", "said"


def choose(_say: Say, named: Named, given: Given) -> Choice:
    """What is graded, of what a target names."""
    from ..choosing.choose import choose as chosen

    return chosen(named, given)


def grade(say: Say, program: Program, model: str, seconds: float, columns: int) -> Graded:
    """Every interleaving of one program, and a finding told for a terminal of so many columns."""
    from ..search import NOTHING_SUCCEEDS, grade_program

    result = grade_program(program, model, seconds, say)
    story = None
    if result.verdict == FOUND:
        story = told(result, columns)
        result.name = story.name if story else result.name
    return Graded(result, result.unsure == NOTHING_SUCCEEDS, story)


def replay(say: Say, program: Program, model: str, schedule: str, seconds: float, columns: int) -> Replayed:
    """One schedule of a program.

    Raises:
        TargetError: the program has no such schedule.
    """
    from .replaying import replay as replayed

    return replayed(say, program, model, schedule, seconds, columns)


def probe(_say: Say, program: Program, model: str) -> Contract | str:
    """What the methods of a session manager answer one after another; or why it cannot be asked for scenarios."""
    from ..scenarios.probe import probe as probed

    return probed(program, model)


def scenario(say: Say, *arguments: Any) -> Scene:
    """One scenario over a session manager: see `scenarios.playing`."""
    from ..scenarios.playing import play

    return play(say, *arguments)


def replay_scenario(say: Say, *arguments: Any) -> Replayed:
    """One schedule of a scenario: see `scenarios.playing`.

    Raises:
        TargetError: there is none.
    """
    from ..scenarios.playing import replayed

    return replayed(say, *arguments)


def stress(say: Say, program: Program, seconds: float) -> Stressed:
    """Real threads on one program, for some seconds."""
    from racelab.grading.stress.rounds import stress as stressed

    return stressed(program, seconds, progress=lambda *told: say(told))


OPERATIONS: Final[dict[str, Callable[..., Any]]] = {
    "choose": choose,
    "grade": grade,
    "replay": replay,
    "probe": probe,
    "scenario": scenario,
    "replay scenario": replay_scenario,
    "stress": stress,
}
IMPORTED: Final = {
    "choose": "..choosing.choose",
    "grade": "..search",
    "replay": ".replaying",
    "probe": "..scenarios.probe",
    "scenario": "..scenarios.playing",
    "replay scenario": "..scenarios.playing",
    "stress": "racelab.grading.stress.rounds",
}
"""What each operation imports of the lab, before any of the reader's code runs."""


def main(socket: int, lifeline: int, memory: int) -> None:
    """Serve until the parent closes the connection."""
    _limit(memory)
    Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # for what the reader's code starts
    connection = Connection(socket)
    with suppress(EOFError, OSError):
        while True:
            name, arguments = connection.recv()
            connection.send(_result(name, arguments, lambda what: connection.send((SAID, what))))
    os._exit(0)  # threads of the reader's may be left, which would be waited for


def _result(name: str, arguments: tuple[Any, ...], say: Say) -> tuple[str, Any]:
    try:
        import_module(IMPORTED[name], __package__)
        sys.dont_write_bytecode = True  # of the reader's code: after a quick edit it would be taken for the new source
        return DONE, OPERATIONS[name](say, *arguments)
    except TargetError as problem:
        return REFUSED, problem
    except MemoryError:
        return FAILED, "it needs more memory than a grade may use"
    except BrokenPipeError:
        raise
    except BaseException as error:  # noqa: BLE001 # the parent says it
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(last.filename)}, line {last.lineno}"  # noqa: PTH119 # it may be no path
        return FAILED, f"{type(error).__name__}: {error} ({where})"


def _limit(memory: int) -> None:
    """A limit on the memory of this process, where the system has one."""
    try:
        import resource
    except ImportError:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _end_with_parent(lifeline: int) -> None:
    with suppress(OSError):
        os.read(lifeline, 1)
    with suppress(Exception):
        end_below(os.getpid())  # what the reader's code has started
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
