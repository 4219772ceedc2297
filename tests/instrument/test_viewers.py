"""Many pages may watch, and together they ask no more often than a few would."""

from __future__ import annotations

from racelab.web.serving.viewers import FASTEST_MS, GONE_AFTER, MOST_POLLS, MOST_VIEWERS, REST_MS, Viewers


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_few_pages_ask_as_fast_as_they_like() -> None:
    """Three pages may each ask four times a second."""
    viewers = Viewers(Clock())
    assert [viewers.again_ms(f"page-{number}") for number in range(3)] == [FASTEST_MS] * 3


def test_many_pages_together_ask_no_more_often_than_a_few() -> None:
    """Twenty pages together ask no more often than the bound."""
    viewers = Viewers(Clock())
    for _ in range(3):
        pauses = [viewers.again_ms(f"page-{number}") for number in range(20)]
    assert MOST_POLLS - 0.1 < 20 / (pauses[-1] / 1000) <= MOST_POLLS


def test_a_page_that_was_closed_no_longer_counts() -> None:
    """A page that was closed no longer slows down the others."""
    clock = Clock()
    viewers = Viewers(clock)
    for number in range(20):
        viewers.again_ms(f"page-{number}")
    clock.now += GONE_AFTER
    assert viewers.again_ms("the last one") == FASTEST_MS


def test_made_up_pages_take_no_endless_memory() -> None:
    """The number of remembered pages is bounded, and one without a name is not kept."""
    viewers = Viewers(Clock())
    viewers.again_ms("")
    assert not viewers._seen
    for number in range(2 * MOST_VIEWERS):
        viewers.again_ms(str(number))
    assert len(viewers._seen) == MOST_VIEWERS


def test_a_page_at_rest_asks_less_often_and_never_more_often_than_all_may() -> None:
    """While nothing changes it asks once a second; with many pages all of them more slowly."""
    viewers = Viewers()
    assert viewers.again_ms("one", resting=True) == REST_MS
    for number in range(2 * MOST_POLLS):
        viewers.again_ms(str(number))
    assert viewers.again_ms("one", resting=True) > REST_MS
