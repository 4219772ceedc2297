"""A schedule as text: there and back, and refused in words."""

from __future__ import annotations

import random

from racelab.explorer.kernel.schedule import LONGEST, BadSchedule, parse, write
from tests.explorer.cells import refusal

SEEDED = random.Random(20)
DRAWN = [SEEDED.choices("ABCXZ", [9, 9, 3, 1, 1], k=length) for length in (0, 1, 2, 10, 100, 1_000, LONGEST)]
ALIKE = (
    *("A1 B2 A1", "A1.B2.A1", "A1+B2+A1", "A1-B2_A1", "A B2 A", "a1 b2 a1"),
    *("A1B2A1", "a1 b2a1", "A1  B1\n B1, A1 ", "A B B A"),
)
NO_TURNS = "1", "A1B", "AB", "AA", "A1000000", "Ä1", "A1;B2", "<script>", "A²", "A/B"


def refused(text: str) -> str:
    """What is said of a text that is no schedule; empty if it is one."""
    return refusal(lambda: parse(text), BadSchedule)


def test_what_is_written_is_read_back() -> None:
    """Each schedule has one text, and reading that text gives the schedule."""
    assert not [turns for turns in DRAWN if parse(write(turns)) != turns]
    assert not [turns for turns in DRAWN if write(parse(write(turns))) != write(turns)]


def test_people_and_addresses_write_one_schedule_differently() -> None:
    """Lost blanks, lost ones, other separators and small letters are read alike."""
    assert not [text for text in ALIKE if parse(text) != list("ABBA")]


def test_no_turn_is_a_schedule_too() -> None:
    """The empty text is the schedule without a turn."""
    assert parse("") == parse("  ") == []
    assert write([]) == ""


def test_what_is_no_turn_is_quoted_in_the_refusal() -> None:
    """A refusal quotes the word that is no turn, and gives an example."""
    told = {word: refused(f"A1 {word} B1") for word in NO_TURNS}
    assert not [word for word, said in told.items() if repr(word) not in said or "A1 B2 A1" not in said]


def test_a_long_schedule_is_refused_with_the_limit() -> None:
    """A schedule beyond the limit is refused, and one at the limit is read."""
    too_long = f"A{LONGEST} B1", "A99999", "A1 " * (LONGEST + 1)
    assert not [text[:9] for text in too_long if str(LONGEST) not in refused(text)]
    assert len(parse(f"A{LONGEST}")) == LONGEST


def test_a_long_text_is_refused_in_a_short_sentence() -> None:
    """The refusal of a million characters has fewer than 300."""
    assert not [text[:9] for text in ("A" * 1_000_000, "A0 " * 1_000_000) if not 0 < len(refused(text)) < 300]
