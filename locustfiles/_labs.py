"""Several labs that serve the same sessions: one run of all of them, and one verdict from what their users heard.

No lab can judge what others serve too. The users of the load heard every answer, so their ledger takes the place of the
lab's own, in the same judgement: one lab tells what is stored, and each of them what its own workers cleaned up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from locustfiles._lab import (
    LOOK_AGAIN,
    SETTLE_PATIENCE,
    Begun,
    LabClient,
    LabGone,
    LabProblem,
    ReadBack,
    WrongUsage,
)
from racelab.promises.afar import Cleaned, Stored, adopt, evidence
from racelab.promises.heard import Heard
from racelab.promises.verdict import Result, judge, leading_card, unsettled

LEASE_PATIENCE = 2.0
"""Seconds for a server to answer a renewal: one that is gone must not keep the others waiting until theirs run out."""


class Labs:
    """The clients of several labs. A `LabClient` for all of them, see there.

    Args:
        urls: where they answer.

    Attributes:
        url: of the first one.
        lost: why the ledgers of some are lost, one sentence for each.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self.url = urls[0]
        self.lost: tuple[str, ...] = ()
        self._labs = [LabClient(url) for url in urls]
        self._answering = list(self._labs)
        self._begun: dict[LabClient, Begun] = {}
        self._known: dict[LabClient, Mapping[str, Any]] = {}
        self._before: dict[str, Stored] = {}
        self._dials: Mapping[str, float] = {}

    def begin(self, dials: Mapping[str, float], keep_run: bool, variant: str = "both", kind: str = "") -> Begun:
        """Begin a run of each. Nothing is emptied before it is certain that they share one store.

        The first reset empties it, and each further one finds it empty and begins a run of its own lab: no user has
        asked for anything yet.

        Raises:
            LabProblem, WrongUsage: as for one lab; or they do not serve the same managers, or not the same sessions.
        """
        self._begun = {lab: lab.look(keep_run, variant) for lab in self._labs}
        self._refuse_others()
        variants = self._begun[self._labs[0]].variants
        for lab in self._labs:
            lab.refuse_others(variants, len(self._labs))
        try:
            for lab in self._labs:
                lab.borrow(kind)
            for name in variants:
                self._refuse_other_stores(name)
            for lab in () if keep_run else self._labs:
                lab.reset()
            self._before = {name: self._labs[0].stored(name) for name in variants}
            if not keep_run:
                self._refuse_sessions()
            self._begun = {lab: lab.turn_up(dials, begun) for lab, begun in self._begun.items()}
        except BaseException:  # also if the load is stopped meanwhile
            self.leave(self._begun[self._labs[0]])
            raise
        self._dials = dials
        return self._begun[self._labs[0]]

    def _refuse_others(self) -> None:
        first, *others = self._labs
        for number, lab in enumerate(others, 1):
            for known in self._labs[:number]:
                if self._begun[lab].boot == self._begun[known].boot:
                    raise WrongUsage(f"{known.url} and {lab.url} are one server. Name each server once.")
            if set(self._begun[lab].variants) != set(self._begun[first].variants):
                managers = {each: ", ".join(self._begun[each].variants) for each in (first, lab)}
                raise WrongUsage(
                    f"The servers of a load need the same managers: {first.url} serves {managers[first]}, and "
                    f"{lab.url} serves {managers[lab]}."
                )

    def _refuse_other_stores(self, variant: str) -> None:
        """A session that one has opened is at each, or they do not share it; addresses of engines cannot tell that."""
        first, *others = self._labs
        session_id = first.open_session(variant)
        for lab in others:
            if lab.session(variant, session_id) is None:
                raise WrongUsage(
                    f"{lab.url} does not have the {variant} session that {first.url} has opened: they have different "
                    "stores, each with sessions of its own. All servers of a load need the same engine and the same "
                    "RACELAB_SESSION_MANAGER_PREFIX. No run was begun."
                )

    def _refuse_sessions(self) -> None:
        for variant, stored in self._before.items():
            if stored.sessions or stored.rows:
                raise LabProblem(
                    f"The store of {variant} has sessions although all servers have begun a new run: another program "
                    "uses it. Stop that, or give these servers a RACELAB_SESSION_MANAGER_PREFIX of their own."
                )

    def settled_verdict(self, begun: Begun, heard: Mapping[str, Heard], incomplete: str = "") -> dict[str, Any]:
        """Set the dials to 0, wait until all labs are at rest, and judge what the users heard.

        Args:
            begun, heard: the load, and the ledgers of its users.
            incomplete: what those lack; nothing can be told then.

        Raises:
            LabProblem: no lab is left, or one is not in the same run any more.
        """
        self._see_who_is_left()
        for lab in self._answering:
            lab.settle()
        deadline = time.monotonic() + SETTLE_PATIENCE
        waiting: str | None = "the servers are not at rest"
        while waiting and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN)
            waiting = self._waiting_for(begun.variants)
        waiting = incomplete or waiting
        results = {variant: self._judge(variant, heard[variant], waiting) for variant in begun.variants}
        return {
            "run": begun.run,
            "settled": not waiting,
            "waiting_for": waiting,
            "card": "" if waiting else leading_card(results.values()),
            "variants": {variant: result.to_json() for variant, result in results.items()},
            "environment": self._environment(),
        }

    def _see_who_is_left(self) -> None:
        """Which labs answer, and of which of them the ledger is known."""
        lost = []
        for lab in self._labs:
            try:
                self._known[lab] = lab.check_same(self._begun[lab])
            except LabGone as gone:
                lost.append(str(gone))
                if not lab.answers():
                    self._answering.remove(lab)
                continue
            if self._known[lab]["dials"]["cache_ttl_s"] < self._dials["cache_ttl_s"]:
                raise LabProblem(
                    f"The dial cache_ttl_s of {lab.url} was turned down during the load, so which reads have refreshed "
                    "a session is not known."
                )
        self.lost = tuple(lost)
        if not self._answering:
            raise LabGone(" ".join(lost))

    def _waiting_for(self, variants: Sequence[str]) -> str | None:
        for lab in self._answering:
            for variant in variants:
                told = lab.cleanup(variant)
                if told["waiting_for"]:
                    return f"{told['waiting_for']} (at {lab.url})"
                if told["other_labs"] >= len(self._labs):
                    return f"a further lab, which this load was not given, serves the same sessions of {variant}"
        return None

    def _judge(self, variant: str, heard: Heard, waiting: str | None) -> Result:
        """The verdict on one manager. A process with users has followed no session of before."""
        before = self._before[variant]
        adopt(heard.ledger, before)
        cleaned = Cleaned()
        for lab in self._answering:
            page = lab.cleanup(variant)
            while (after := page["next"]) is not None:
                cleaned.add_attempts(page)
                page = lab.cleanup(variant, after)
            cleaned.add(page)
        all_of_it = evidence(heard.ledger, self._answering[0].stored(variant), cleaned, before)
        if waiting:
            return unsettled(waiting, all_of_it.counts(), heard.of("failed"), heard.of("unknown"))
        return judge(all_of_it)

    def _environment(self) -> dict[str, Any]:
        """The first one's, with the workers of all and the highest settings of all."""
        begun = [self._begun[lab].environment for lab in self._labs]
        all_of_them = [*begun, *(status["environment"] for status in self._known.values())]
        highest = {name: max(each[name] for each in all_of_them) for name in ("window_ms", "fault_rate")}
        threads = {each["threads"] for each in begun}
        workers = sum(each["workers"] for each in begun)
        return {**begun[0], **highest, "threads": threads.pop() if len(threads) == 1 else 0, "workers": workers}

    def calls_since(self, begun: Begun) -> dict[str, dict[str, Any]]:
        """The calls that the ledgers of all labs have counted since the run began, added up; lost ones are missing.

        Raises:
            LabProblem: as for `settled_verdict`.
        """
        sums: dict[str, dict[str, Any]] = {variant: {} for variant in begun.variants}
        for lab in self._known:
            for variant, methods in lab.calls_since(self._begun[lab]).items():
                for method, outcomes in methods.items() if variant in sums else ():
                    added = sums[variant].setdefault(method, {})
                    for outcome, count in outcomes.items():
                        added[outcome] = added.get(outcome, 0) + count
        return sums

    def read_back(self, variant: str, heard: Heard) -> ReadBack:
        """Read sessions back from another lab than the one that has told what is stored."""
        return self._answering[-1].read_back(variant, heard)

    def lease(self, seconds: float, users: int = 0) -> bool:
        """Borrow the dials of all, or renew that. Returns whether Stop was pressed on the page of one of them."""
        stop = False
        for lab in self._labs:
            with suppress(LabProblem):
                stop |= lab.lease(seconds, users, LEASE_PATIENCE)
        return stop

    def rest(self) -> None:
        """Stop all refreshes."""
        for lab in self._answering:
            lab.rest()

    def leave(self, begun: Begun) -> None:  # noqa: ARG002 - each has its own
        """Restore the dials of each that are not part of a verdict, and end its lease."""
        for lab in self._answering:
            lab.leave(self._begun[lab])


def lab_at(urls: Sequence[str]) -> LabClient | Labs:
    """The client of one lab, or of several that share a store."""
    return Labs(urls) if len(urls) > 1 else LabClient(urls[0])
