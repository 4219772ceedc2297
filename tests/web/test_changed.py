"""What a page that polls gets: the parts that have changed, and the samples that say something new."""

from __future__ import annotations

import random
from typing import Any

from racelab.live.json_types import SampledJson
from racelab.live.sampler import Sample
from racelab.web.changed import changed, differing

EMPTY: SampledJson = {
    "store": 0,
    "statistics": 0,
    "database": 0,
    "should_be": [0, 0],
    "queue": 0,
    "oldest_s": None,
    "dead_letters": 0,
    "in_flight": 0,
    "acknowledged": 0,
    "failed": 0,
    "unknown": 0,
    "missing": 0,
}


def sample(seq: int, **counts: Any) -> Sample[SampledJson]:
    """The sample of that number, of two variants."""
    read: SampledJson = {**EMPTY, **counts}  # type: ignore[typeddict-item]
    return Sample(seq, 100 + seq / 10, {"buggy": read, "fixed": EMPTY})


def stores(*values: int) -> list[Sample[SampledJson]]:
    return [sample(seq, store=value) for seq, value in enumerate(values)]


def seqs(samples: list[Sample[SampledJson]]) -> list[int]:
    return [one.seq for one in samples]


def test_a_part_is_sent_when_it_has_changed() -> None:
    """By its content, in whatever process it was made."""
    parts = {"run": 1, "runs": [], "verdict": {"settled": True}}
    first, marks = changed(parts, "")
    assert first == parts
    assert changed({"run": 1, "runs": [], "verdict": {"settled": True}}, marks) == ({}, marks)
    second, others = changed({**parts, "run": 2}, marks)
    assert (second, others != marks) == ({"run": 2}, True)


def test_samples_like_their_neighbours_are_left_out() -> None:
    """Of a row of equal ones the first and the last are sent: between them the line is flat."""
    assert seqs(differing(stores(5, 5, 5, 5, 7, 7, 7), 0)) == [0, 3, 4]
    assert seqs(differing(stores(5, 5, 5, 5), 0)) == [0]
    assert seqs(differing(stores(5, 6, 7), 0)) == [0, 1, 2]
    assert differing([], 0) == []


def test_the_sample_that_the_page_has_is_compared_and_not_sent() -> None:
    """Nothing new is nothing; the first change comes with what was before it, if that is new."""
    assert seqs(differing(stores(5, 5, 5), 1)) == []
    assert seqs(differing(stores(5, 6, 6), 1)) == [1]
    assert seqs(differing(stores(5, 5, 6), 1)) == [1, 2]


def test_a_row_that_only_grows_older_is_no_change() -> None:
    """A queue that leaks is at rest too; another row at its head is a change."""
    ageing = [sample(seq, queue=1, oldest_s=3 + seq / 10) for seq in range(5)]
    assert seqs(differing(ageing, 1)) == []
    assert seqs(differing([*ageing, sample(5, queue=1, oldest_s=0.1)], 1)) == [4, 5]
    assert seqs(differing([*ageing, sample(5)], 1)) == [4, 5]


def test_what_is_left_out_can_be_made_up_again() -> None:
    """In any row of samples, polled in any portions: each one left out is like the one kept before it."""
    rng = random.Random(7)
    for _ in range(200):
        all_of_them = stores(*(rng.randrange(2) for _ in range(rng.randrange(1, 30))))
        kept: dict[int, int] = {}
        at = 0
        while at < len(all_of_them):
            until = rng.randrange(at + 1, len(all_of_them) + 1)
            kept |= {one.seq: one.read["buggy"]["store"] for one in differing(all_of_them[max(0, at - 1) : until], at)}
            at = until
        for one in all_of_them:
            before = max(seq for seq in kept if seq <= one.seq)
            assert kept[before] == one.read["buggy"]["store"]
