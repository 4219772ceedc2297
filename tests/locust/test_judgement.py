"""Exit codes: which end of a run means what. Pure, so every combination can be had without a load."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from locustfiles._judgement import TITLES, Expect, Seen, judge
from locustfiles._lab import ReadBack
from racelab.bugs import Verdict
from racelab.promises.heard import Heard
from tests.locust.heard import entered
from tests.subject.cases import Cases

AGREE, DIFFER, UNKNOWN = Verdict
EXPECTATIONS: tuple[Expect, ...] = get_args(Expect)
ALL_DARK: dict[str, Any] = dict.fromkeys(TITLES, UNKNOWN)


def seen(variant: str = "buggy", verdict: str = AGREE, vanished: int = 0, **cards: Any) -> Seen:
    """A variant of which that was seen; cards that are not named agree. The visitors saved ten times."""
    heard = Heard()
    entered(heard, "acknowledged", "create", "s")
    for _ in range(10):
        entered(heard, "acknowledged", "update", "s", "k", "v")
    calls = {"create": {"acknowledged": 1}, "update": {"acknowledged": 10}}
    result = {
        "verdict": DIFFER if DIFFER in cards.values() else verdict,
        "vanished": vanished,
        "surplus": 0,
        "cards": {bug: {"verdict": cards.get(bug, AGREE)} for bug in TITLES},
    }
    return Seen(variant, result, heard, calls, ReadBack(1, 1, 0, 10, vanished))


def code(*variants: Seen, kind: str = "lost_updates", expect: Expect = "consistent", **verdict: Any) -> int:
    """The exit code of a run in which that was seen."""
    whole = {"settled": True, "waiting_for": None, "environment": {"fault_rate": 0.0}, **verdict}
    return judge(kind, expect, whole, list(variants)).code


LIT = seen(lost_updates=DIFFER, vanished=4)
FINE = seen("fixed")


def test_anomalies_against_what_was_expected() -> None:
    """The exit code is 0 or 3 by `--expect`, and one variant with the bug is enough."""
    assert code(FINE) == 0
    assert code(LIT) == 3
    assert code(LIT, FINE) == 3
    assert code(LIT, expect="inconsistent") == 0
    assert code(LIT, FINE, expect="inconsistent") == 0
    assert code(FINE, expect="inconsistent") == 3
    assert code(LIT, FINE, expect="any") == code(FINE, expect="any") == 0


def test_of_the_mixed_load_only_the_fixed_manager_must_be_consistent_by_default() -> None:
    """`usual` is `fixed` for traffic with all bugs, and `consistent` for that of one bug."""
    assert code(LIT, FINE, expect="usual") == code(LIT, FINE, expect="consistent") == 3
    assert code(LIT, FINE, kind="mixed", expect="usual") == code(LIT, FINE, kind="mixed", expect="fixed") == 0


def test_the_buggy_manager_may_lose_anything_if_only_fixed_is_held_to_it() -> None:
    """With `fixed` the buggy manager may lose anything, and the fixed one nothing."""
    lossy, vague = seen("fixed", lost_updates=DIFFER, vanished=4), seen("fixed", lost_updates=UNKNOWN)
    assert code(LIT, FINE, expect="fixed") == code(LIT, expect="fixed") == code(FINE, expect="fixed") == 0
    assert code(LIT, lossy, expect="fixed") == code(lossy, expect="fixed") == 3
    assert code(LIT, vague, expect="fixed") == 4


def test_another_card_is_no_consistency_and_not_the_bug_that_was_expected() -> None:
    """Another bug's card is neither consistent nor the bug that was expected."""
    other = seen(phantom_sessions=DIFFER)
    assert code(other) == 3
    assert code(other, expect="inconsistent") == 3
    assert code(other, kind="mixed", expect="inconsistent") == 0


def test_changes_that_are_on_no_card_count() -> None:
    """Lost changes that are on no card give exit code 3."""
    assert code(seen(verdict=DIFFER, vanished=3)) == 3


def test_the_visitors_own_look_counts() -> None:
    """A session that is missing when it is read back gives exit code 3."""
    assert code(replace(FINE, read_back=ReadBack(1, 1, missing=1))) == 3


def test_a_bug_that_nothing_came_near_cannot_be_told() -> None:
    """If the load's own bug could not be tested, the exit code is 4."""
    vague = seen(lost_updates=UNKNOWN)
    assert code(vague) == code(vague, expect="inconsistent") == 4
    assert code(vague, kind="mixed") == 4
    assert code(vague, kind="cleanup_leak") == 0


def test_nothing_measured_is_4_whatever_was_expected() -> None:
    """With no request, only cards that cannot tell, or no rest, the exit code is 4."""
    idle = replace(FINE, heard=Heard())
    with Cases() as cases:
        for expect in EXPECTATIONS:
            with cases.case(expect):
                assert code(idle, expect=expect) == code(LIT, idle, expect=expect) == 4
                assert code(seen(verdict=UNKNOWN, **ALL_DARK), expect=expect) == 4
                assert code(LIT, settled=False, waiting_for="calls are in flight", expect=expect) == 4


def test_a_run_without_a_verdict_says_why() -> None:
    """The reason ends the sentence, whatever it is."""
    verdict = {"settled": False, "waiting_for": "another lab serves the same sessions, or stop it"}
    reason = judge("mixed", "any", verdict, [FINE]).reason
    assert reason == "Cannot tell: there was no verdict within 30 s: another lab serves the same sessions, or stop it."


def test_ledgers_that_do_not_agree_prove_nothing() -> None:
    """If the client's and the server's counts differ, the code is 4."""
    with Cases() as cases:
        for expect in EXPECTATIONS:
            with cases.case(expect):
                for said in (9, 11):
                    calls = {**LIT.calls, "update": {"acknowledged": said}}
                    assert code(replace(LIT, calls=calls), expect=expect) == 4
                assert code(replace(LIT, read_back=ReadBack(1, 1, 0, 10, 3)), expect=expect) == 4
                assert code(replace(FINE, read_back=ReadBack(1, 1, 0, 10, surplus=1)), expect=expect) == 4


def test_changes_are_compared_only_where_both_speak_of_the_same() -> None:
    """Losses in sessions that were not read back are no disagreement."""
    assert code(replace(LIT, read_back=ReadBack(2, 1, 0, 5, 1))) == 3


def test_failures_that_nobody_asked_for() -> None:
    """A definite failure gives 1; an unknown outcome gives 1 only without faults."""
    failing, timing_out = seen("fixed"), seen("fixed")
    entered(failing.heard, "failed", "increment", "s")
    entered(timing_out.heard, "unknown", "increment", "s")
    assert code(failing) == code(failing, environment={"fault_rate": 0.5}) == 1
    assert code(timing_out) == 1
    assert code(timing_out, environment={"fault_rate": 0.05}) == 0
