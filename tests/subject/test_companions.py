"""Labs that serve the same sessions see each other, and forget one that has ended."""

from __future__ import annotations

import pytest

from session_manager.model import SessionError
from session_manager.shared.stores import SHARED, companions_at
from session_manager.sync import ThreadRuntime
from tests.subject.shared import SERVERS, VARIANTS, place_at


@pytest.mark.parametrize("variant", VARIANTS)
def test_labs_on_one_place_count_each_other(variant: str, request: pytest.FixtureRequest) -> None:
    """Two on one prefix see each other; one on another prefix sees nobody."""
    engine = SHARED[variant]
    url = request.getfixturevalue(SERVERS[engine]).url
    place, elsewhere = place_at(engine, url), place_at(engine, url)
    one, other = (companions_at(variant, place, ThreadRuntime(), me) for me in ("one", "other"))
    alone = companions_at(variant, elsewhere, ThreadRuntime(), "alone")
    try:
        assert (one.others(), one.others(), alone.others()) == (0, 0, 0)
        assert (other.others(), one.others(), alone.others()) == (1, 1, 0)
        other.leave()
        assert one.others() == 0
    finally:
        for each in (one, other, alone):
            each.leave()


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_engine_that_is_away_does_not_tell(variant: str) -> None:
    """It is an error, and not the answer that there is nobody."""
    with pytest.raises(SessionError):
        companions_at(variant, place_at("none", ""), ThreadRuntime(), "one").others()
