"""The list of mutants keeps to the source, and the tool says what it should."""

from __future__ import annotations

import ast

import pytest

from .copies import copy
from .table import ROOT, listed


def test_every_mutant_has_its_place() -> None:
    """Each mutant's old text occurs once, its new one is Python, its tests exist."""
    offenders = []
    for mutant in listed():
        source = (ROOT / mutant.file).read_text(encoding="utf-8")
        files = [ROOT / "tests" / test.partition("::")[0] for test in mutant.tests]
        if source.count(mutant.old) != 1 or not files or not all(file.is_file() for file in files):
            offenders.append(mutant.name)
        else:
            ast.parse(mutant.applied_to(source), mutant.name)
    assert not offenders


def test_every_mutant_has_a_name_of_its_own() -> None:
    """At least a hundred mutants have different names; one in ten may survive."""
    mutants = listed()
    names = {mutant.name for mutant in mutants}
    assert len(names) == len(mutants) >= 100
    assert sum(bool(mutant.survives) for mutant in mutants) * 10 <= len(mutants)


def test_an_old_text_that_is_not_there_is_an_error() -> None:
    """A mutant whose place has gone is refused, and the sentence names it."""
    mutant = listed()[0]
    with pytest.raises(ValueError, match=mutant.name):
        mutant.applied_to("nothing")


def test_the_tool_tells_a_mutant_from_the_true_source() -> None:
    """A copy passes its tests, two mutants of it fail, and it is restored."""
    found = {mutant.name: mutant for mutant in listed()}
    wrong = [found[name] for name in ("every closed row can be removed", "a turn without a number is no step")]
    with copy() as checkout:
        caught = [checkout.caught_by(mutant) for mutant in wrong]
        assert [by.partition("::")[0] for by in caught] == [f"tests/{mutant.tests[0]}" for mutant in wrong]
        assert not checkout.failure_of([test for mutant in wrong for test in mutant.tests])
