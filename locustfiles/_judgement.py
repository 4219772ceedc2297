"""The conclusion of a load: one exit code, and its reason. Pure.

0 as expected, 1 requests failed, 3 anomalies where none were expected (or none where some were), 4 cannot tell. (2 is
wrong usage.) *Cannot tell* comes first: an incomplete run proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from locustfiles._lab import SETTLE_PATIENCE, ReadBack
from racelab.bugs import BUGS, ExitCode, Verdict
from racelab.promises.heard import Heard, disagreements
from racelab.promises.promise import Kind

Expect = Literal["usual", "fixed", "consistent", "inconsistent", "any"]

TITLES: dict[str, str] = {bug.key: bug.title for bug in BUGS}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a run ended."""

    code: ExitCode
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The results of one variant, from client and server.

    Attributes:
        result: the variant's part of the server's verdict.
        heard: the responses that the users got.
        calls: the server's calls by method and outcome, during the run.
        read_back: the open sessions, read back.
        whole: whether those are all calls: the ledger of one of several servers may be lost.
    """

    variant: str
    result: Mapping[str, Any]
    heard: Heard
    calls: Mapping[str, Mapping[str, int]]
    read_back: ReadBack
    whole: bool = True

    def card(self, bug: str) -> str:
        """The verdict of a card."""
        return str(self.result["cards"][bug]["verdict"])

    def lit(self) -> list[str]:
        """The bugs that were seen."""
        return [bug for bug in TITLES if self.card(bug) == Verdict.DISAGREE]

    def wrong(self) -> bool:
        """Whether either ledger shows an anomaly."""
        back = self.read_back
        return self.result["verdict"] == Verdict.DISAGREE or bool(back.vanished or back.missing)

    def disagreements(self) -> list[str]:
        """Where the client's and the server's ledger cannot both be right."""
        found = disagreements(self.heard.calls, self.calls, self.whole)
        back = self.read_back
        if back.surplus and not self.result["surplus"]:
            found.append(f"changes: {back.surplus:,} were read back that no user made")
        if not found and self._comparable() and back.vanished != self.result["vanished"]:
            found.append(
                f"changes: {back.vanished:,} vanished as read back; the server's verdict: {self.result['vanished']:,}"
            )
        return found

    def _comparable(self) -> bool:
        """Whether both ledgers cover the same changes: every open session was read, and no answer was lost."""
        if not self.whole or self.read_back.read < self.read_back.open or self.heard.ledger.not_followed:
            return False
        changes: tuple[Kind, ...] = ("update", "increment")
        heard = self.heard.calls
        return all(heard[kind, "acknowledged"] == self.calls.get(kind, {}).get("acknowledged", 0) for kind in changes)


def judge(kind: str, expect: Expect, verdict: Mapping[str, Any], seen: list[Seen]) -> Conclusion:
    """The exit code of a run, and its reason.

    Args:
        kind: the traffic; for one that brings out a single bug, that bug's card decides.
        expect: `fixed`: no anomaly at all on the fixed ones, while the others may have any. `consistent`: none on any
            variant. `inconsistent`: the bug was seen on one at least. `usual`: `fixed` for mixed traffic, else
            `consistent`.
        verdict: the server's, whole.
        seen: the variants under load.
    """
    if reason := _untold(verdict, seen):
        return Conclusion(ExitCode.CANNOT_TELL, f"Cannot tell: {reason}")
    if reason := _failures(verdict["environment"], seen):
        return Conclusion(ExitCode.REQUESTS_FAILED, reason)
    bugs = [kind] if kind in TITLES else list(TITLES)
    if expect == "usual":
        expect = "consistent" if kind in TITLES else "fixed"
    held_to_it = [one for one in seen if one.variant.endswith("fixed")] if expect == "fixed" else seen
    if expect == "inconsistent":
        return _expect_some(bugs, seen)
    if expect == "any" or not held_to_it:
        return Conclusion(ExitCode.AS_EXPECTED, f"No particular result was expected. {_told(seen)}".rstrip())
    conclusion = _expect_none(kind, held_to_it)
    others = [one for one in seen if one not in held_to_it]
    return Conclusion(conclusion.code, f"{conclusion.reason} {_told(others)}".rstrip())


def _untold(verdict: Mapping[str, Any], seen: list[Seen]) -> str | None:
    """Why the run is *cannot tell*; None if it is not."""
    idle = [one.variant for one in seen if not one.heard.calls]
    if idle:
        return f"nothing was measured, no request was sent to {' and '.join(idle)}."
    if not verdict["settled"]:
        return f"there was no verdict within {SETTLE_PATIENCE:g} s: {verdict['waiting_for']}."
    if all(one.card(bug) == Verdict.CANNOT_TELL for one in seen for bug in TITLES):
        return "nothing was measured, no request met the conditions of any of the four bugs."
    wrong = [f"{one.variant}, {sentence}" for one in seen for sentence in one.disagreements()]
    if wrong:
        return f"client ledger and server ledger do not agree ({'; '.join(wrong)}). Did another client use this lab?"
    return None


def _failures(environment: Mapping[str, Any], seen: list[Seen]) -> str | None:
    """Failures that no dial caused. A fault of the dial is an unknown outcome."""
    failed = sum(one.heard.of("failed") for one in seen)
    unknown = 0 if environment["fault_rate"] else sum(one.heard.of("unknown") for one in seen)
    if failed:
        examples = [what for one in seen for what in one.heard.examples]
        return f"{failed:,} requests failed; none should fail under this load. {' '.join(examples[:1])}".strip()
    if unknown:
        return f"{unknown:,} requests ended in an error or had no answer, although the fault rate was 0."
    return None


def _expect_none(kind: str, seen: list[Seen]) -> Conclusion:
    wrong = [_what_is_wrong(one) for one in seen if one.wrong()]
    if wrong:
        return Conclusion(ExitCode.NOT_AS_EXPECTED, f"Anomalies, and none were expected. {' '.join(wrong)}")
    bugs = [kind] if kind in TITLES else list(TITLES)
    vague = [
        f"{TITLES[bug].lower()} on {one.variant}"
        for one in seen
        for bug in bugs
        if one.card(bug) == Verdict.CANNOT_TELL
    ]
    if vague:
        return Conclusion(
            ExitCode.CANNOT_TELL,
            f"Cannot tell: no request met the conditions of {', '.join(vague)}. Use more --users or --seconds.",
        )
    return Conclusion(ExitCode.AS_EXPECTED, f"As expected: no anomaly on {' and '.join(one.variant for one in seen)}.")


def _expect_some(bugs: list[str], seen: list[Seen]) -> Conclusion:
    shown = [_what_is_wrong(one) for one in seen if set(bugs) & set(one.lit())]
    if shown:
        return Conclusion(ExitCode.AS_EXPECTED, f"As expected: {' '.join(shown)}")
    names = ", ".join(TITLES[bug].lower() for bug in bugs)
    if all(one.card(bug) == Verdict.CANNOT_TELL for one in seen for bug in bugs):
        return Conclusion(
            ExitCode.CANNOT_TELL,
            f"Cannot tell: no request met the conditions of {names}. Use more --users or --seconds.",
        )
    return Conclusion(ExitCode.NOT_AS_EXPECTED, f"Anomalies were expected, and none were seen: {names}.")


def _told(seen: list[Seen]) -> str:
    return " ".join(_what_is_wrong(one) for one in seen if one.wrong())


def _what_is_wrong(one: Seen) -> str:
    titles = ", ".join(TITLES[bug].lower() for bug in one.lit())
    return f"On {one.variant}: {titles or 'changes that are on no card'}."
