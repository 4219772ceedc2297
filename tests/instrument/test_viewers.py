"""Many pages may watch, and together they ask no more often than a few would."""

from __future__ import annotations

from racelab.web.viewers import FASTEST_MS, GONE_AFTER, MOST_POLLS, MOST_VIEWERS, Viewers


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_few_pages_ask_as_fast_as_they_like() -> None:
    """Up to three of them, four times a second each."""
    viewers = Viewers(Clock())
    assert [viewers.again_ms(f"page-{number}") for number in range(3)] == [FASTEST_MS] * 3


def test_many_pages_together_ask_no_more_often_than_a_few() -> None:
    """Twenty pages get a pause that keeps their sum at the bound; a page that asks again is not counted twice."""
    viewers = Viewers(Clock())
    for _ in range(3):
        pauses = [viewers.again_ms(f"page-{number}") for number in range(20)]
    assert MOST_POLLS - 0.1 < 20 / (pauses[-1] / 1000) <= MOST_POLLS


def test_a_page_that_was_closed_no_longer_counts() -> None:
    """The others speed up again."""
    clock = Clock()
    viewers = Viewers(clock)
    for number in range(20):
        viewers.again_ms(f"page-{number}")
    clock.now += GONE_AFTER
    assert viewers.again_ms("the last one") == FASTEST_MS


def test_made_up_pages_take_no_endless_memory() -> None:
    """Beyond the bound nobody is remembered, and a tool that gives no name is not a page."""
    viewers = Viewers(Clock())
    viewers.again_ms("")
    assert not viewers._seen
    for number in range(2 * MOST_VIEWERS):
        viewers.again_ms(str(number))
    assert len(viewers._seen) == MOST_VIEWERS
