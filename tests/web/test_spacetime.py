"""The picture of a loss: every coordinate within the frame, and no arrow that tells an impossible order."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

import pytest
from flask import render_template_string

from app import create_app
from racelab.promises.history import PastCall
from racelab.promises.losses import MS, Loss
from racelab.web.losses.spacetime import LINE, SESSION, Drawing, Picture
from racelab.web.losses.words import words
from tests.instrument.calls import Running
from tests.instrument.test_losses import SESSION as SESSION_ID
from tests.instrument.test_losses import Story
from tests.web.stories import all_kinds, half, leak, losses_of_the_model


def points(picture: Picture) -> list[tuple[float, float]]:
    return [
        *((bar.x, y) for bar in picture.bars for y in (bar.y, bar.y + bar.height)),
        *((x, arrow.y) for arrow in picture.arrows for x in (arrow.x1, arrow.x2)),
        *((mark.x, mark.y) for mark in picture.marks),
        *picture.crosses,
        *((lane.x, picture.top) for lane in picture.lanes),
    ]


def test_everything_is_drawn_within_the_frame() -> None:
    """No point lies outside, and no two texts at the session's line are on each other."""
    for loss in all_kinds():
        picture = Drawing(loss).picture()
        for x, y in points(picture):
            assert 0 < x < picture.width
            assert picture.top <= y <= picture.bottom
        marks = [mark.y for mark in picture.marks]
        assert all(after - before >= LINE for before, after in itertools.pairwise(marks))
        assert 2 <= len(picture.ticks) <= 8
        assert len(picture.bars) == len(loss.calls)


def test_the_arrows_tell_an_order_that_is_possible() -> None:
    """Both read before the first write; who covers writes last; each arrow lies within its call's bar."""
    kinds = set()
    for loss in losses_of_the_model():
        picture = Drawing(loss).picture()
        reads = [arrow.y for arrow in picture.arrows if arrow.what == "reads"]
        (write,) = [arrow.y for arrow in picture.arrows if arrow.what == "writes"]
        (cover,) = [arrow.y for arrow in picture.arrows if arrow.what == "covers"]
        assert max(reads) <= write <= cover
        bars = {bar.x: bar for bar in picture.bars if bar.role != "beside"}
        for arrow in picture.arrows:
            (lane,) = {arrow.x1, arrow.x2} - {SESSION}
            assert bars[lane].y <= arrow.y <= bars[lane].y + bars[lane].height + 0.1
        kinds.add(frozenset(bar.role for bar in picture.bars))
    assert len(kinds) >= 3


def test_no_arrow_hides_another_of_its_call() -> None:
    """Beside a long refresh a save shows its write; that it has read as well only where there is room for both."""
    for took, shown in ((1, ["writes"]), (50, ["reads", "writes"])):
        refresh = PastCall(2, "read", "", "", "acknowledged", "b", None, 0, 100 * MS, read_at=1)
        save = PastCall(1, "update", "a", "1", "acknowledged", "a", None, 10 * MS, (10 + took) * MS)
        picture = Drawing(
            Loss("s1", "stale_overwrites", SESSION_ID, "", ((refresh, "covers"), (save, "gone")), "")
        ).picture()
        lane = next(bar.x for bar in picture.bars if bar.role == "gone")
        assert [arrow.what for arrow in picture.arrows if lane in (arrow.x1, arrow.x2)] == shown
        assert [arrow.what for arrow in picture.arrows if lane not in (arrow.x1, arrow.x2)] == ["reads", "covers"]


def test_overlapping_calls_of_one_caller_stand_beside_each_other() -> None:
    """No bar is hidden behind another one."""
    story = Story()
    one, other = story.begin("increment"), story.begin("increment")
    for running in (one, other):
        running.call.caller = "the same"
        story.count(running, 1)
    (loss,) = story.losses(1)["lost_updates"]
    picture = Drawing(loss).picture()
    assert len({bar.x for bar in picture.bars}) == len(picture.lanes) == 2
    later = Running(story.ledger, "increment", SESSION_ID)
    later.call.caller = "the same"
    later.end()


def drawn(loss: Loss) -> str:
    app = create_app({"TESTING": True, "SESSION_MANAGER_DATABASE": "memory://"})
    with app.test_request_context("/"):
        template = '{% from "spacetime.html" import spacetime %}{{ spacetime(picture, headline) }}'
        return render_template_string(template, picture=Drawing(loss).picture(), headline=words(loss).headline)


def test_a_copy_of_the_picture_stands_alone() -> None:
    """The SVG is well-formed, has its own colours and no class, and a hostile name does no harm."""
    story = Story()
    lost, cover = story.begin("update", "<b>&", "'\""), story.begin("update", "size", "12")
    lost.call.caller, cover.call.caller = "<script>", "&lt;"
    lost.end()
    cover.end()
    (loss,) = story.losses(1, {"size": "12"})["lost_updates"]
    for each in (loss, *all_kinds()[-3:]):
        root = ElementTree.fromstring(drawn(each).strip())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not any("class" in element.attrib or "style" in element.attrib for element in root.iter())
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
            *("svg", "title", "text", "line", "rect", "path", "circle"),
        }
    texts = [element.text for element in ElementTree.fromstring(drawn(loss).strip()).iter()]
    assert {"<script>", "&lt;"} <= set(texts)


@pytest.mark.parametrize(
    ("loss", "headline"),
    [
        (leak(), "Logged out, 200 OK, cleaned up in vain 5 times."),
        (half(), "Logged out half-way: 500, and nothing finishes it."),
    ],
    ids=["leak", "half"],
)
def test_the_words_say_what_the_picture_shows(loss: Loss, headline: str) -> None:
    """Headline, sentences and a row for each call."""
    told = words(loss)
    assert told.headline == headline
    assert told.sentences[-1] == f"At rest: {loss.stored}."
    assert [row.number for row in told.rows if row.number] == list(range(1, len(loss.calls) + 1))


def test_the_words_of_a_covered_save_say_when_it_was_gone() -> None:
    """A cover that ended later says within how many milliseconds; one that ended earlier says so."""
    for first, second, pattern in (("gone", "cover", "gone within"), ("cover", "gone", "gone before its 200 OK")):
        story = Story()
        calls = {"gone": story.begin("update", "a", "1"), "cover": story.begin("update", "b", "2")}
        calls[first].end()
        calls[second].end()
        (loss,) = story.losses(1, {"b": "2"})["lost_updates"]
        assert pattern in words(loss).headline
        assert len(words(loss).rows) == 2


def test_the_words_say_where_a_change_may_still_be() -> None:
    """A refresh writes an older row into the store and leaves the row; a save writes both."""
    for loss in all_kinds():
        refreshed = any((role, call.kind) == ("covers", "read") for call, role in loss.calls)
        assert ("may still have the change" in words(loss).sentences[-1]) is refreshed
    assert {loss.bug for loss in all_kinds()} >= {"lost_updates", "stale_overwrites"}


def test_the_key_names_a_grey_bar_where_there_is_one() -> None:
    """Of a call that ran beside those of the loss."""
    app = create_app({"TESTING": True, "SESSION_MANAGER_DATABASE": "memory://"})
    with app.test_request_context("/"):
        for beside in (True, False):
            loss = next(x for x in all_kinds() if any(role == "beside" for _, role in x.calls) == beside)
            source = "{% from 'spacetime.html' import key %}{{ key(picture) }}"
            assert ("a grey one" in render_template_string(source, picture=Drawing(loss).picture())) == beside
