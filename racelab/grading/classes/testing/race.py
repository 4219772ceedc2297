"""What the fixture `race` gives: a class that must survive its own calls from several threads, or must not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack

import pytest

from ..choosing.choice import Choice, Given
from ..names import NAMES
from ..report import Report
from ..result import FOUND, NONE, Result
from ..target import TargetError, close
from .failures import failure, found, nothing_found, refused
from .grading import SECONDS, chosen, default_model, grade, models_of, seconds_of
from .targets import named
from .texts import Texts

Target = Callable[..., object] | str
"""A class, a function that makes an object, a function over the state of its module, or `module:Class`."""
Several = str | Sequence[str]


class Options(TypedDict, total=False):
    """How it is graded: see the fixture `race` in racelab/pytest_plugin.py."""

    new: str
    first: Several
    then: Several
    holds: Several
    ignore: Several
    spec: str | type
    model: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Race:
    """See the fixture `race`.

    Attributes:
        folder: where a path to a class begins, and as seen from where files are named.
        model: of memory, if a test does not say: `gil`, `free-threaded` or `both`.
        seconds: for each test, if it does not say.
    """

    folder: Path
    model: str | None = None
    seconds: float | None = None

    def __call__(self, target: Target, /, *calls: str, **options: Unpack[Options]) -> tuple[Report, ...]:
        """Fail if an interleaving of the calls ends as no order of them does, or if that cannot be told.

        Args:
            target: what is graded.
            calls: what each thread calls, such as "put('a', 1); get('a')". None: the grader chooses.
            options: see the fixture.

        Returns:
            What was run, under each model.
        """
        __tracebackhide__ = True
        reports = []
        for report in self._reports(target, calls, options):
            if said := failure(report):
                pytest.fail(said, pytrace=False)
            reports.append(report)
        return tuple(reports)

    def must_find(self, target: Target, /, *calls: str, name: str | None = None, **options: Unpack[Options]) -> Result:
        """Fail if no interleaving ends badly, or none in a race of that name. Gives the smallest schedule that does.

        Args:
            target, calls, options: as above.
            name: the field's name, such as "lost update"; any will do without.
        """
        __tracebackhide__ = True
        if name is not None and name not in NAMES:
            pytest.fail(
                f"There is no race named {name!r}.{close(name, NAMES)} There are: {', '.join(NAMES)}.", pytrace=False
            )
        reports = []
        for report in self._reports(target, calls, options):
            for result in report.findings:
                if name in (None, result.name):
                    return result
            reports.append(report)
        other = next((report for report in reports if report.verdict == FOUND), None)
        if other is not None:
            pytest.fail(f"No {name} was found, but:\n{found(other)}", pytrace=False)
        pytest.fail(
            nothing_found(next((report for report in reports if report.verdict != NONE), reports[0])), pytrace=False
        )

    def _reports(self, target: Target, calls: Sequence[str], options: Options) -> Iterator[Report]:
        """What comes of it under each model, as long as somebody wants to know."""
        __tracebackhide__ = True
        try:
            models = models_of(default_model(options.get("model"), self.model))
            seconds = seconds_of(options.get("seconds", SECONDS if self.seconds is None else self.seconds))
            choice = self._chosen(target, calls, options)
            for model in models:
                yield grade(replace(choice, model=model), seconds)
        except TargetError as problem:
            said = refused(problem) if problem.undecided else str(problem)
            raise pytest.fail.Exception(said, pytrace=False) from None

    def _chosen(self, target: Target, calls: Sequence[str], options: Options) -> Choice:
        texts = Texts(target)
        then = options.get("then")
        first = tuple(call for text in _several(options.get("first", ())) for call in texts.calls(text))
        given = Given(
            options.get("new"),
            tuple(map(texts.calls, calls)),
            (),
            None if then is None else tuple(map(texts.expression, _several(then))),
            tuple(map(texts.expression, _several(options.get("holds", ())))),
            _several(options.get("ignore", ())),
            _specification(options.get("spec", "")),
            first=first,
        )
        return chosen(named(target, self.folder), given)


def _several(given: Several) -> tuple[str, ...]:
    """One text, or several; an empty one is none."""
    return tuple(text for text in ([given] if isinstance(given, str) else given) if text.strip())


def _specification(given: str | type) -> str:
    return given if isinstance(given, str) else f"{given.__module__}:{given.__qualname__}"
