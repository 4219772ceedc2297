"""The picture of a class: where its guesses and runs stand, and what its scale says."""

from __future__ import annotations

from itertools import pairwise

from racelab.web.classroom.gathered import Board, Guess
from racelab.web.classroom.handed_in import Conditions, Count, Measured
from racelab.web.classroom.picture import CIRCLE, Mark, picture_of

NO_LOAD = Conditions((), 0.0, 0.0)


def test_the_picture_has_a_place_for_every_value() -> None:
    """The scale is the smallest that fits, marked at whole numbers; and what is little is not called 0."""
    counts = {"buggy": Count(100_000, 3), "fixed": Count(10, 0)}
    run = Measured("ada.json", "1", counts, NO_LOAD, "Python 3")
    small = picture_of(Board(3, guesses=(Guess(1, ""),), runs={1: run}))
    assert small.ticks[-1] == (small.right, "1 %")
    assert small.rows[0].marks == (Mark(small.right, 1),)
    assert (small.rows[1].label, small.rows[2].label) == ("buggy, 1 run: below 0.1 %", "fixed, 1 run: 0 %")
    full = picture_of(Board(3, guesses=(Guess(100, ""), Guess(0, ""))))
    assert [(row.of, sum(mark.many for mark in row.marks)) for row in full.rows] == [
        *(("guesses", 2), ("buggy", 0), ("fixed", 0))
    ]
    assert [text for _, text in full.ticks] == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
    assert full.ticks == picture_of(Board(3)).ticks
    assert (small.width, small.height) == (full.width, full.height)


def test_the_picture_has_each_value_where_the_scale_says_it() -> None:
    """A guess stands at its number, near ones between theirs, none covered; a block of runs has its median."""
    runs = {number: Measured("", str(number), {"fixed": Count(9, 0)}, NO_LOAD, "") for number in range(3)}
    runs[3] = Measured("", "3", {"buggy": Count(100, 24)}, NO_LOAD, "")
    told = picture_of(Board(9, guesses=tuple(Guess(lost, "") for lost in (7, 14, 50, 49)), runs=runs))
    unit = (told.right - told.left) / 50
    guesses, buggy, fixed = told.rows
    places = [(round((mark.x - told.left) / unit, 1), mark.many) for mark in guesses.marks]
    assert places == [(7, 1), (14, 1), (49.5, 2)]
    crowd = tuple(Guess(lost, "") for lost in (*[0] * 9, 2.6, 3, 4, 7, 8, 12, 100))
    circles = picture_of(Board(30, guesses=crowd)).rows[0]
    assert sum(mark.many for mark in circles.marks) == 16
    assert min(after.x - before.x for before, after in pairwise(circles.marks)) >= CIRCLE - 0.01
    assert [(mark.x, mark.many) for mark in fixed.marks] == [(told.left, 3)]
    assert buggy.middle is not None
    assert abs(buggy.marks[0].x - buggy.middle) <= told.bin / 2
