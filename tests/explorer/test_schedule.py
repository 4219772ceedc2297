"""A schedule as text: there and back, and refused in words."""

from __future__ import annotations

import random

import pytest

from racelab.explorer.kernel.schedule import LONGEST, BadSchedule, parse, write

CHANCE = random.Random(20)
DRAWN = [CHANCE.choices("ABCXZ", [9, 9, 3, 1, 1], k=length) for length in (0, 1, 2, 10, 100, 1_000, LONGEST)]


@pytest.mark.parametrize("turns", DRAWN, ids=len)
def test_what_is_written_is_read_back(turns: list[str]) -> None:
    """Whatever the turns are, and the text is the only one that is written for them."""
    assert parse(write(turns)) == turns
    assert write(parse(write(turns))) == write(turns)


@pytest.mark.parametrize(
    "text",
    [
        *["A1 B2 A1", "A1.B2.A1", "A1+B2+A1", "A1-B2_A1", "A B2 A", "a1 b2 a1"],
        *["A1B2A1", "a1 b2a1", "A1  B1\n B1, A1 ", "A B B A"],
    ],
)
def test_people_and_addresses_write_the_same_in_many_ways(text: str) -> None:
    """Blanks get lost in addresses, and ones when reading aloud."""
    assert parse(text) == list("ABBA")


def test_no_turn_is_a_schedule_too() -> None:
    """Nobody is told when to run."""
    assert parse("") == parse("  ") == []
    assert write([]) == ""


@pytest.mark.parametrize("word", ["1", "A1B", "AB", "AA", "A1000000", "Ä1", "A1;B2", "<script>", "A²", "A/B"])
def test_what_is_no_turn_is_quoted_in_the_refusal(word: str) -> None:
    """Beside an example of one that is."""
    with pytest.raises(BadSchedule, match="A1 B2 A1") as refused:
        parse(f"A1 {word} B1")
    assert repr(word) in str(refused.value)


@pytest.mark.parametrize("text", [f"A{LONGEST} B1", "A99999", "A1 " * (LONGEST + 1)])
def test_a_long_schedule_is_refused_with_the_limit(text: str) -> None:
    """It comes out of an address bar: whatever stands there must not keep the server busy."""
    with pytest.raises(BadSchedule, match=str(LONGEST)):
        parse(text)
    assert len(parse(f"A{LONGEST}")) == LONGEST


@pytest.mark.parametrize("text", ["A" * 1_000_000, "A0 " * 1_000_000])
def test_a_long_text_is_refused_in_a_short_sentence(text: str) -> None:
    """Nor is it sent back whole."""
    with pytest.raises(BadSchedule) as refused:
        parse(text)
    assert len(str(refused.value)) < 300
