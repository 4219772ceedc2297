"""Ids, hashes and orders by address; fields of formats: what is told of them, and what is not."""

from __future__ import annotations

import pytest

from tests.explorer.code.recorded import touched


class Plain:
    """Its objects are known by their addresses."""

    def __init__(self) -> None:
        self.n = 1
        self.items = {"k": self}


class Valued:
    """Its objects have a hash of their own."""

    def __hash__(self) -> int:
        return 1


def test_the_id_of_a_second_object_of_a_task_may_be_that_of_the_first() -> None:
    """Which is not explored; the id of one object alone is its own."""
    source = "class Thing: pass\nreturn {}"
    assert touched(source.format("id(Thing()), id(Thing())")).places.gaps
    assert touched(source.format("hash(Thing()), hash(Thing())")).places.gaps
    assert touched(source.format("hash((Thing(), 1)), hash((Thing(), 1))")).places.gaps
    assert not touched(source.format("id(Thing())")).places.gaps
    assert not touched("return id(one), id(other), id(one)", one=1, other="k").places.gaps


@pytest.mark.parametrize("text", ["repr({})", "str({})", "f'{{{}}}'", "'{{0}}'.format({})"])
def test_the_text_of_an_object_may_be_that_of_one_that_is_gone(text: str) -> None:
    """If it is the one that Python makes, of the address. One that the class makes is its own."""
    source = f"class Thing: {{}}\nreturn {text.format('Thing()')}, {text.format('Thing()')}"
    assert touched(source.replace("{}", "pass", 1)).places.gaps
    assert not touched(source.replace("{}", "__repr__ = lambda self: 'it'", 1)).places.gaps


def test_classes_that_a_function_makes_have_ids_of_their_own() -> None:
    """Two of the same name are two."""
    source = (
        "def make():\n  class Local: pass\n  return Local\none, other = make(), make()\nreturn id(one) == id(other)"
    )
    assert touched(source).value is False


GENERATOR = """
def each():
    {before}
        yield 1
        yield 2
    {after}
made = each()
for one in {over}:
    {body}
"""
TRIED = {"before": "try:", "after": "finally: pass"}


def test_a_loop_that_leaves_a_generator_inside_of_try_leaves_a_gap() -> None:
    """What is in `finally` runs there. Not so if the loop ends, if there is none, or if the generator stays."""
    assert touched(GENERATOR.format(over="each()", body="break", **TRIED)).places.gaps
    assert touched(
        GENERATOR.format(over="each()", body="break", before="with Guard():", after=""), Guard=Guard
    ).places.gaps
    assert not touched(GENERATOR.format(over="each()", body="pass", **TRIED)).places.gaps
    assert not touched(GENERATOR.format(over="made", body="break", **TRIED)).places.gaps
    assert not touched(GENERATOR.format(over="each()", body="break", before="if True:", after="")).places.gaps


class Guard:
    """Does nothing."""

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


LOOKS = ["list(it)", "[x for x in it]", "next(iter(it))", "[*it]"]


@pytest.mark.parametrize("look", [*LOOKS, "it.pop()"])
def test_the_order_of_a_set_of_objects_is_not_told(look: str) -> None:
    """It is that of their addresses; sets of values, and of one object, have an order."""
    assert touched(f"return {look}", it={Plain(), Plain()}).places.unfaithful
    for known in ({1, 2}, {Plain()}, {Valued(), Valued()}, {int, str}):
        assert not touched(f"return {look}", it=known).places.unfaithful, known


@pytest.mark.parametrize("look", LOOKS)
def test_likewise_of_a_frozen_set(look: str) -> None:
    """It has no other order."""
    assert touched(f"return {look}", it=frozenset({Plain(), Plain()})).places.unfaithful
    assert not touched(f"return {look}", it=frozenset({1, 2})).places.unfaithful


@pytest.mark.parametrize("look", ["len(it)", "it in (1, 2)", "3 in it", "it == set()", "bool(it)"])
def test_not_every_look_at_a_set_depends_on_its_order(look: str) -> None:
    """Its size, what is in it, and whether it is another one do not."""
    assert not touched(f"return {look}", it={Plain(), Plain()}).places.unfaithful


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'{0.n}'.format(it)", "1"),
        ("'{it.n:>3}'.format(it=it)", "  1"),
        ("'{0:{1.n}}'.format('', it)", " "),
        ("'{it.items[k].n!r}'.format_map({'it': it})", "1"),
        ("'{} {.n}'.format(0, it)", "0 1"),
    ],
)
def test_fields_of_a_format_look_up_attributes(text: str, said: str) -> None:
    """As Python finds them, also inside of a specification."""
    it = Plain()
    recorded = touched(f"return {text}", it=it)
    assert recorded.value == said
    assert ("n", "read") in recorded.of(it)


def test_a_format_without_such_fields_looks_at_no_attribute() -> None:
    """Braces are no field, and a number is no path."""
    it = Plain()
    recorded = touched("return '{{0.n}} {0}'.format(1, it)", it=it)
    assert recorded.value == "{0.n} 1"
    assert ("n", "read") not in recorded.of(it)
