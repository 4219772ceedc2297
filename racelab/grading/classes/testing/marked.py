"""`@pytest.mark.race` over a test: every interleaving of the threads that its body starts is tried."""

from __future__ import annotations

import ast
import inspect
import unittest
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from ..choosing.choice import Choice
from ..finding_lines import COPIED
from ..report import Report
from ..result import CANNOT_TELL, FOUND, Answer
from ..target import TargetError
from .failures import ALONE_IN_BODY, BODY, cannot_tell, fails_in_order, found, refused
from .grading import SECONDS, default_model, grade, models_of, seconds_of
from .promise import SPECIFICATION
from .targets import placed

FIXTURE: Final = (
    "Cannot tell: {} takes {}, which pytest makes once, in its own process. Every interleaving needs new ones, in "
    "another process: make in the body of the test what it needs. Numbers, texts and the like can be taken."
)
OPTIONS: Final = ("model", "seconds")
SKIPPED: Final = Answer("raises", "Skipped")
SKIPS: Final = "{} skips itself before it starts a thread."
METHODS: Final = "setup_method", "teardown_method"
UNITTEST: Final = "Cannot tell: {} is no function that pytest calls. Write it as one, without unittest.TestCase."
SET_UP: Final = (
    "Cannot tell: {} has {}, which is not called before each interleaving. Make in the body of the test what it needs."
)


def run(test: pytest.Function, mark: pytest.Mark) -> None:
    """Grade a marked test; fail if it does not pass in every interleaving, or if that cannot be told.

    Args:
        test: with all that it is called with.
        mark: with `model` and `seconds`, perhaps.
    """
    __tracebackhide__ = True
    parameters = inspect.signature(test.obj).parameters
    arguments = {name: test.funcargs[name] for name in parameters if name in test.funcargs}
    name = getattr(test, "originalname", None) or test.name
    try:
        said = _said(test, name, arguments, _options(mark))
    except TargetError as problem:
        said = refused(problem) if problem.undecided else str(problem)
    if said:
        pytest.fail(said, pytrace=False)


def refuse_unittest(test: pytest.Item) -> None:
    """Fail if a marked test is one of a `unittest.TestCase`, or no function."""
    __tracebackhide__ = True
    kind = getattr(test, "cls", None)
    if not isinstance(test, pytest.Function) or (kind is not None and issubclass(kind, unittest.TestCase)):
        pytest.fail(UNITTEST.format(test.name), pytrace=False)


def _options(mark: pytest.Mark) -> Mapping[str, Any]:
    unknown = [*map(repr, mark.args), *(name for name in mark.kwargs if name not in OPTIONS)]
    if unknown:
        raise TargetError(f"The mark race takes {' and '.join(OPTIONS)}, by name, and not {', '.join(unknown)}.")
    return mark.kwargs


def _said(test: pytest.Function, name: str, arguments: Mapping[str, object], options: Mapping[str, Any]) -> str:
    """Why it fails; empty if it passes."""
    asked = test.config.getoption("race_model", None), test.config.getoption("race_seconds", None)
    models = models_of(default_model(options.get("model"), asked[0]))
    seconds = seconds_of(options.get("seconds", SECONDS if asked[1] is None else asked[1]))
    choice = marked(test.module, test.cls, name, arguments, test.config.invocation_params.dir)
    if isinstance(choice, str):
        return choice
    return next(filter(None, (failure_of(replace(choice, model=model), seconds) for model in models)), "")


def marked(
    module: ModuleType, kind: type | None, name: str, arguments: Mapping[str, object], folder: Path
) -> Choice | str:
    """The test as a program, or why it cannot be one.

    Args:
        module: of the test.
        kind: the class that it is a method of, if it is one.
        name: of the test.
        arguments: what it is called with.
        folder: as seen from where files are named.

    Raises:
        TargetError: no other process could find it.
    """
    fixtures = [each for each, value in arguments.items() if not _can_be_written(value)]
    if fixtures:
        return FIXTURE.format(name, " and ".join(fixtures))
    own = [each for each in METHODS if hasattr(kind, each)]
    if kind is not None and own:
        return SET_UP.format(kind.__qualname__, " and ".join(own))
    target = placed(module, kind.__qualname__ if kind is not None else name, folder)
    call = f"it.{name}({', '.join(f'{each}={value!r}' for each, value in arguments.items())})"
    make = f"{kind.__qualname__}()" if kind is not None else ""
    return Choice(
        *(target.word, target.root, target.module, "", make), ((call,),), paths=target.paths, file=module.__file__ or ""
    )


def failure_of(choice: Choice, seconds: float) -> str:
    """Why a test does not pass in every interleaving, or that this cannot be told; empty if it does.

    Passing is the specification, so that a test that fails in every order of its threads fails here too. What is
    shown is the finding without it, which is the race, if there is one.
    """
    report = grade(replace(choice, spec=SPECIFICATION), seconds)
    if report.verdict == CANNOT_TELL:
        alone = report.alone() and report.covered() and not report.reasons
        return ALONE_IN_BODY.format(_name(report)) if alone else cannot_tell(report, BODY)
    if report.verdict != FOUND:
        return ""
    first = report.findings[0]
    if not first.schedule and first.ending is not None and first.ending.answers[0][0] == SKIPPED:
        raise pytest.skip.Exception(SKIPS.format(_name(report)), _use_item_location=True)
    race = grade(choice, seconds)
    if race.verdict == FOUND:
        return _as_test(found(race), report)
    return _as_test(fails_in_order(report, _name(report)), report)


def _as_test(text: str, report: Report) -> str:
    """With the test's own name in place of `it.test_name`, but for the command, which is to be copied."""
    choice, name = report.choice, _name(report)
    own = f"{choice.make.removesuffix('()')}.{name}" if choice.make else name
    first, *lines = text.split("\n")
    first = first.replace(f" in {choice.word}.", f" in {choice.word}.{name}.") if choice.make else first
    return "\n".join(
        line if line.startswith(COPIED) else line.replace(f"it.{name}(", f"{own}(") for line in (first, *lines)
    )


def _name(report: Report) -> str:
    return report.choice.tasks[0][0].removeprefix("it.").partition("(")[0]


def _can_be_written(value: Any) -> bool:
    """Whether another process can have the same value from its text."""
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
