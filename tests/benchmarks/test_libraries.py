"""The page of popular classes says what the grader says today, and calls nothing a bug that no one promised."""

from __future__ import annotations

import re

import pytest

from benchmarks.libraries.__main__ import LIBRARIES, PAGE, QUICK, grade
from benchmarks.libraries.document import PROMISES, section, sentences
from benchmarks.libraries.library import PARTLY, PROMISED
from racelab.grading.classes.result import CANNOT_TELL, FOUND, NONE

TIME = re.compile(r"<br>\d+\.\d s ")
BY_NAME = {library.name: library for library in LIBRARIES}


def untimed(text: str) -> str:
    """Without what differs between two runs."""
    return TIME.sub("<br>- s ", text)


@pytest.mark.parametrize("name", ["cachetools.Cache", "collections.UserDict"])
def test_the_page_says_what_the_grader_says(name: str) -> None:
    """A section that is generated again is that of the page, but for the times."""
    assert untimed(section(grade(BY_NAME[name], 20.0))) in untimed(PAGE.read_text(encoding="utf-8"))


def test_each_class_has_its_section_and_a_line_of_the_overview() -> None:
    """No class is on the list only, and none is on the page only."""
    text = PAGE.read_text(encoding="utf-8")
    names = list(BY_NAME)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [*names, "Left out"]
    assert re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE) == names
    assert len(names) == len(LIBRARIES)


def test_a_finding_in_what_is_promised_says_why_it_is_none_of_it() -> None:
    """Where something is promised, each finding on the page has a remark."""
    text = PAGE.read_text(encoding="utf-8")
    for promise in (PROMISED, PARTLY):
        lines = re.findall(rf"^\* .*: {PROMISES[promise]}\. This is possible.*$", text, re.MULTILINE)
        assert lines
        for line in lines:
            assert re.search(r"This is possible[^.]*\. \S", line), line


def test_what_cannot_be_told_comes_with_the_reason() -> None:
    """A class that cannot be explored is listed all the same."""
    row = grade(BY_NAME["prometheus_client.Counter"], QUICK)
    assert {result.verdict for results in row.results for result in results} == {CANNOT_TELL}
    assert [sentence for sentence in sentences(row) if "Cannot tell: _getframe is called" in sentence]


def test_a_lock_makes_the_difference() -> None:
    """The cache alone is found wanting without the GIL, and the guarded one is not."""
    results = grade(BY_NAME["cachetools.LRUCache"], 20.0).results
    assert [each[1].verdict for each in results] == [FOUND, FOUND, NONE]
