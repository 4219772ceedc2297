"""Several cases of one claim in one test: all are tried, and the failure names each case that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import pytest


class Cases:
    """`with Cases() as cases:`, and in it `with cases.case("buggy", 3):` around what is claimed of each.

    A failing case does not end the others. At the end an `ExceptionGroup` holds the error of each, with the case's name
    as a note. A test that tries no case at all fails.
    """

    def __init__(self) -> None:
        self._tried = 0
        self._failures: list[Exception] = []

    def __enter__(self) -> Cases:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            assert self._tried, "no case was tried"
            if self._failures:
                raise ExceptionGroup(f"{len(self._failures)} of {self._tried} cases fail", self._failures)

    @contextmanager
    def case(self, *name: object) -> Iterator[None]:
        """One case. Its name is what a reader needs to find it."""
        self._tried += 1
        try:
            yield
        except Exception as error:  # noqa: BLE001 -- raised at the end, with those of the other cases
            self._failed(error, name)
        except pytest.fail.Exception as failure:  # `pytest.raises` met no error. This one cannot be put into a group.
            self._failed(AssertionError(str(failure)), name)

    def _failed(self, error: Exception, name: tuple[object, ...]) -> None:
        error.add_note("case: " + ", ".join(map(str, name)))
        self._failures.append(error)
