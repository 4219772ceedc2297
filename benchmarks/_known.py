"""A program over an ordinary class, for tools that are given what its threads do, and what may come out.

Neither peer looks into the functions that make the calls, because of the name of their file: what they interleave is
the class, and none of its calls costs them a stop of ours.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from types import CodeType, FunctionType
from typing import Any, Final

from benchmarks.plain.table import CLASSES, Plain
from benchmarks.sctbench.program import KnownBug
from benchmarks.sctbench.table import PROGRAMS

KNOWN: Final = "known bug"
BY_NAME: Final[dict[str, KnownBug | Plain]] = {bug.name: bug for bug in PROGRAMS} | {one.name: one for one in CLASSES}
UNSEEN: Final = "<frozen calls>"
"""No file is called so, and each peer passes over such code: frontrun over `<frozen`, interleave-test over `<`."""
THREAD: Final = "def thread(program):\n    it, answers = program.it, program.answers[{number}]\n"
CALL: Final = """\
    try:
        answers[{place}] = repr({text})
    except Exception as error:
        if type(error).__module__.startswith(("frontrun", "interleave_test")):
            raise  # how they end a thread that waits for ever
        answers[{place}] = "raises " + type(error).__name__
"""


class Known:
    """One execution of it.

    Args:
        name: of the program.
        allowed: what may come out, as `told` tells it.

    Attributes:
        it: the object; answers: of the calls of each thread.
    """

    def __init__(self, name: str, allowed: Sequence[str]) -> None:
        self._bug, self._allowed = BY_NAME[name], allowed
        self._names = _names(self._bug)
        self.it = eval(_compiled(self._bug.make), self._names)
        self.answers = [["-"] * len(calls) for calls in self._bug.tasks]

    def task(self, number: int) -> None:
        """What one thread does."""
        thread(self._bug.name, number)(self)

    def right(self, times: int) -> bool:  # noqa: ARG002
        """Whether it came out as it may."""
        then = [self._answer(text) for text in self._bug.then]
        holds = all(eval(_compiled(text), self._names, {"it": self.it}) for text in self._bug.holds)
        return holds and told(self.answers, then) in self._allowed

    def _answer(self, text: str) -> str:
        try:
            return repr(eval(_compiled(text), self._names, {"it": self.it}))
        except Exception as error:  # noqa: BLE001 - it is the answer
            return f"raises {type(error).__name__}"


@cache
def thread(name: str, number: int) -> Callable[[Known], None]:
    """What one thread of a program does, as a function of it.

    Its calls need no name but `it`, so that the module is imported when a peer's models have taken their places.
    """
    bug = BY_NAME[name]
    calls = [CALL.format(place=place, text=text) for place, text in enumerate(bug.tasks[number])]
    code = compile(THREAD.format(number=number) + "".join(calls), UNSEEN, "exec")
    return FunctionType(next(part for part in code.co_consts if isinstance(part, CodeType)), {"__builtins__": builtins})


def told(answers: Iterable[Iterable[object]], then: Iterable[object]) -> str:
    """What came out, as text: the calls of each thread, and what is left."""
    calls = " | ".join("; ".join(map(str, each)) for each in answers)
    return f"{calls} -> {'; '.join(map(str, then))}"


@cache
def _compiled(text: str) -> CodeType:
    return compile(text, UNSEEN, "eval")


def _names(bug: KnownBug | Plain) -> dict[str, Any]:
    root = str(bug.root)
    if root not in sys.path:
        sys.path.insert(0, root)
    return vars(importlib.import_module(bug.module))
