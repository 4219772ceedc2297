"""The end of a run: get the lab's verdict, compare it with the client ledger, and report both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from locustfiles._judgement import TITLES, Conclusion, Expect, Seen, judge
from locustfiles._lab import MOST_READ_BACK, Begun, LabClient, LabProblem, ReadBack
from locustfiles._labs import Labs
from racelab.bugs import ExitCode
from racelab.cli import terminal
from racelab.promises.heard import Heard

NOT_COMPARED = (
    "So its own ledger is missing. The verdict stands for all that was acknowledged to the users of this load; whether "
    "another client used that server cannot be told."
)


@dataclass(frozen=True, slots=True)
class Report:
    """The report at the end.

    Attributes:
        conclusion: exit code and reason.
        verdict: that of the lab, of the variants under load; None if there is none.
        lines: the results of the client ledger.
    """

    conclusion: Conclusion
    verdict: Mapping[str, Any] | None = None
    lines: list[str] = field(default_factory=list)

    def print(self, console: Console) -> None:
        """Tables, sentences, environment, both ledgers, and the reason for the exit code."""
        if self.verdict:
            terminal.print_verdict(console, self.verdict)
            console.print()
        for line in self.lines:
            console.print(line, highlight=False, markup=False, soft_wrap=True)
        last = f"{self.conclusion.reason} (exit code {self.conclusion.code})"
        console.print(last, style="bold", highlight=False, markup=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Run:
    """A running load: its workload, its variants, and the expected result."""

    lab: LabClient | Labs
    begun: Begun
    kind: str
    variants: tuple[str, ...]
    expect: Expect

    def give_up(self) -> None:
        """Put the dials back, and end the lease. It has no effect after the first time."""
        self.lab.leave(self.begun)

    def conclude(self, ledgers: Mapping[str, Heard], missing_workers: int) -> Report:
        """Judge it, after the last request.

        Args:
            ledgers: the client ledgers, by variant.
            missing_workers: worker processes that ended without sending their ledgers.
        """
        incomplete = f"{missing_workers} Locust workers ended without sending their ledgers" if missing_workers else ""
        try:
            verdict = self.lab.settled_verdict(self.begun, ledgers, incomplete)
            seen = self._look(verdict, ledgers)
        except LabProblem as problem:
            return Report(Conclusion(ExitCode.CANNOT_TELL, f"Cannot tell: {problem}"), lines=heard(ledgers))
        finally:
            self.give_up()  # unless it has left already
        if incomplete:
            conclusion = Conclusion(ExitCode.CANNOT_TELL, f"Cannot tell: {incomplete}.")
        else:
            conclusion = judge(self.kind, self.expect, verdict, seen)
        shown = {**verdict, "variants": {one.variant: one.result for one in seen}}
        lines = [line for one in seen for line in self._lines(one)]
        return Report(conclusion, shown, [*lines, *(f"{gone} {NOT_COMPARED}" for gone in self.lab.lost)])

    def _look(self, verdict: Mapping[str, Any], ledgers: Mapping[str, Heard]) -> list[Seen]:
        """The ledgers are compared, and then the open sessions."""
        calls = self.lab.calls_since(self.begun)
        backs = {variant: ReadBack(len(ledgers[variant].open_sessions())) for variant in self.variants}
        if verdict["settled"]:
            self.lab.rest()
            backs = {variant: self.lab.read_back(variant, ledgers[variant]) for variant in self.variants}
            self.lab.leave(self.begun)
        whole = not self.lab.lost
        return [Seen(v, verdict["variants"][v], ledgers[v], calls[v], backs[v], whole) for v in self.variants]

    def _lines(self, one: Seen) -> list[str]:
        wrong = one.disagreements()
        agree = f"DO NOT AGREE: {'; '.join(wrong)}" if wrong else "agree" if one.whole else "cannot be compared"
        back = one.read_back
        which = f"{back.read:,} of {back.open:,} sessions that are certainly open" + (
            f" (at most {MOST_READ_BACK})" if back.read < back.open else ""
        )
        lines = [
            f"{one.variant}: client ledger and server ledger {agree}. {_sums(one.heard)}",
            f"{one.variant}: read back {which}: {back.changes:,} changes acknowledged, {back.vanished:,} vanished"
            f"{f', {back.surplus:,} that no user made' if back.surplus else ''}"
            f"{f'; {back.missing:,} sessions vanished' if back.missing else ''}.",
        ]
        others = [TITLES[bug].lower() for bug in one.lit() if bug != self.kind]
        if others and self.kind in TITLES:
            own = TITLES[self.kind].lower()
            lines.append(f"{one.variant}: this load is made for {own} only; also seen: {', '.join(others)}.")
        return lines


def heard(ledgers: Mapping[str, Heard]) -> list[str]:
    """The client ledgers, one line for each variant."""
    return [f"{variant}: {_sums(ledger)}" for variant, ledger in ledgers.items()]


def _sums(heard: Heard) -> str:
    unknown = heard.of("unknown")
    return (
        f"The users heard {heard.of('acknowledged'):,} acknowledged, {heard.of('failed'):,} failed,"
        f" {unknown:,} of unknown outcome."
    )
