"""What a reader writes for one call: expressions, statements, and names that the thread's next calls know."""

from __future__ import annotations

from typing import Any

import pytest

from racelab.grading.classes.call_source import call_source


def run(*texts: str, it: object = 7) -> list[object]:
    """The answers of calls of one thread."""
    names: dict[str, Any] = {}
    answers = []
    for text in texts:
        namespace: dict[str, Any] = {}
        exec(call_source(text, names).text, namespace)
        answers.append(namespace["call"](it, names))
    return answers


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("it + 1", 8),
        ("  it  # seven", 7),
        ("[n for n in range(2)]", [0, 1]),
        ("n = it + 1", 8),
        ("n: int = 1", None),
        ("with open(__file__): pass", NameError),
        ("if it: return 3", 3),
        ("assert it == 7", None),
        ("(n := it)", 7),
    ],
)
def test_expressions_assignments_and_statements(text: str, answer: object) -> None:
    """An expression gives its value, an assignment what is assigned, a statement nothing."""
    if answer is NameError:
        with pytest.raises(NameError):
            run(text)
    else:
        assert run(text) == [answer]


def test_later_calls_know_the_names() -> None:
    """Also in a lambda, a comprehension, and when they are assigned anew."""
    assert run("n = it", "n + 1", "n = n * 2", "[n for _ in 'ab']", "(lambda: n)()") == [7, 8, 14, [14, 14], 14]


def test_a_name_that_was_not_assigned_is_not_known() -> None:
    """It is looked up in the module, as always."""
    with pytest.raises(NameError):
        run("n", "n = 1")


def test_it_stays_the_object() -> None:
    """An assignment to `it` holds for that call only."""
    assert run("it = 3", "it") == [None, 7]


def test_what_is_not_python_is_refused() -> None:
    """With the words of Python."""
    with pytest.raises(SyntaxError):
        call_source("it.get(", ())
