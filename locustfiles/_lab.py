"""The lab's HTTP interface for a load: begin a run, wait until it is at rest, read sessions back."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from racelab.home import COMMAND
from racelab.promises.afar import Stored, compared
from racelab.promises.heard import Heard, difference
from racelab.promises.json_types import CleanupJson
from racelab.server import fetch

SETTLE_PATIENCE = 30.0
LOOK_AGAIN = 0.3  # a lab evaluates at most four times a second; an earlier answer may be older than the last request
MOST_READ_BACK = 300  # sessions of each variant
READ_BACK_PATIENCE = 10.0
PATIENCE = 15.0
CENSUS_PATIENCE = 60.0  # it reads all sessions, a hundred thousand in some seconds
LEASE, RENEWED = 10.0, 1.0
"""Seconds for which a load borrows the dials, and until it renews that."""
CONFLICT = 409
REST = {"window_ms": 0.0, "fault_rate": 0.0, "cache_ttl_s": 86_400.0}
"""No added delay, no faults, and no refreshes: the sessions must not change while they are read back."""

Calls = Mapping[str, Mapping[str, Mapping[str, int]]]


class LabProblem(Exception):
    """The lab cannot be used, or does not answer any more; the message gives the reason."""


class LabGone(LabProblem):
    """It does not answer, or it was started again: what its ledger held is lost."""


class WrongUsage(LabProblem):
    """The options make no sense."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A running load.

    Attributes:
        boot, run: which process, and which run of it.
        variants: the managers under load.
        before: where the dials stood.
        calls: what each variant's ledger held already.
        environment: the conditions, with these dials.
    """

    boot: str
    run: int
    variants: tuple[str, ...]
    before: Mapping[str, float]
    calls: Calls
    environment: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The open sessions, compared with the client ledger.

    Attributes:
        open, read: how many sessions should be open, and how many of them were looked at.
        missing: how many of those are not there.
        changes, vanished, surplus: acknowledged, missing (also with their session), and stored without a request.
    """

    open: int
    read: int = 0
    missing: int = 0
    changes: int = 0
    vanished: int = 0
    surplus: int = 0


class LabClient:
    """The client of one lab.

    Args:
        url: where it answers, for example `http://127.0.0.1:8000`.
    """

    lost: tuple[str, ...] = ()
    """A lab alone that is lost has no verdict."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._advice = f"Start one: {COMMAND} serve"
        self._borrowed = self._left = False

    def begin(self, dials: Mapping[str, float], keep_run: bool, variant: str = "both", kind: str = "") -> Begun:
        """Begin a new run and set the dials. They are at 0 meanwhile, because a verdict reports the maximum of its run.

        Args:
            dials: to be set.
            keep_run: whether sessions stay.
            variant: the manager under load; `both` for all that the lab has.
            kind: the workload, as the lab's own page names it.

        Raises:
            LabProblem: no server answers, it is not a lab, it is busy, or another lab serves its sessions too.
            WrongUsage: that is no address, or no manager of this lab.
        """
        begun = self.look(keep_run, variant)
        self.refuse_others(begun.variants)
        try:
            self.borrow(kind)
            if not keep_run:
                self.reset()
            return self.turn_up(dials, begun)
        except BaseException:  # also if the load is stopped meanwhile
            self.leave(begun)
            raise

    def look(self, keep_run: bool, variant: str) -> Begun:
        """Whether a load can begin, and where the dials are. It changes nothing; see `begin` for the rest."""
        if not self.url.startswith(("http://", "https://")):
            raise WrongUsage(f"--host must be the address of a lab, such as http://127.0.0.1:8000; got {self.url!r}.")
        self._ask("/health")
        status = self._ask("/lab/status")
        if not isinstance(status, dict) or "variants" not in status:
            raise LabProblem(f"The server at {self.url} is not a Session Race Lab.")
        variants = tuple(status["variants"]) if variant == "both" else (variant,)
        if not set(variants) <= set(status["variants"]):
            has = ", ".join(status["variants"])
            raise WrongUsage(f"The lab at {self.url} has no manager {variant!r}. It has: {has}, or both.")
        if keep_run and status["burst"]["state"] in ("running", "settling"):
            raise LabProblem("A load of the lab's own page is running. Stop it there, or wait for its end.")
        return Begun(status["boot"], status["run"], variants, status["dials"], _calls(status), status["environment"])

    def refuse_others(self, variants: Sequence[str], known: int = 1) -> None:
        """See that no lab serves the same sessions that this load was not given.

        Args:
            variants: the managers under load.
            known: how many labs it was given.

        Raises:
            LabProblem: there is one.
        """
        if shared := [variant for variant in variants if self.cleanup(variant)["other_labs"] >= known]:
            raise LabProblem(
                f"{'Another' if known == 1 else 'A further'} lab serves the same sessions of {' and '.join(shared)} as "
                f"{self.url}, and a load has a verdict only over all of them. Name it, too: --also URL. Or stop it (one"
                " that was killed is known for some 20 s more), or give one of them another"
                " RACELAB_SESSION_MANAGER_PREFIX. No run was begun."
            )

    def borrow(self, kind: str) -> None:
        """Borrow the dials, and set them to 0.

        Raises:
            LabProblem: another load has them; nothing was changed.
        """
        self._ask("/lab/lease", {"seconds": LEASE, "begins": True, "kind": kind})
        self._borrowed = True
        self._ask("/lab/dials", REST)

    def reset(self) -> None:
        """Begin a new run."""
        self._ask("/lab/reset", {})

    def turn_up(self, dials: Mapping[str, float], begun: Begun) -> Begun:
        """Set the dials: the load begins now."""
        self._ask("/lab/dials", dials)
        now = self._ask("/lab/status")
        self._advice = "It answered when the run began."
        return Begun(now["boot"], now["run"], begun.variants, begun.before, _calls(now), now["environment"])

    def settle(self) -> None:
        """Set added delay and faults to 0, and run cleanup to its end, in the background."""
        self._ask("/lab/settle", {})

    def answers(self) -> bool:
        """Whether it answers at all."""
        try:
            self._ask("/health")
        except LabProblem:
            return False
        return True

    def settled_verdict(self, begun: Begun, *_: object) -> dict[str, Any]:
        """Set the dials to 0 and wait for the lab's own verdict, at most `SETTLE_PATIENCE` seconds.

        Raises:
            LabProblem: the lab has gone, or it is not in the same run any more.
        """
        self.check_same(begun)
        self.settle()
        deadline = time.monotonic() + SETTLE_PATIENCE
        while True:
            time.sleep(LOOK_AGAIN)
            verdict: dict[str, Any] = self._ask("/lab/verdict")
            if verdict["settled"] or time.monotonic() > deadline:
                return verdict

    def calls_since(self, begun: Begun) -> dict[str, dict[str, Any]]:
        """The counts of the server's own ledgers since the run began.

        Raises:
            LabProblem: as for `settled_verdict`.
        """
        now = _calls(self.check_same(begun))
        return {variant: difference(calls, begun.calls[variant]) for variant, calls in now.items()}

    def read_back(self, variant: str, heard: Heard) -> ReadBack:
        """Read each open session once, those with the most changes first."""
        opened = heard.open_sessions()
        chosen = sorted(opened, key=lambda session_id: opened[session_id].changes, reverse=True)[:MOST_READ_BACK]
        read: dict[str, Any] = {}
        deadline = time.monotonic() + READ_BACK_PATIENCE
        for session_id in chosen:
            if time.monotonic() > deadline:
                break
            read[session_id] = self.session(variant, session_id)
        held = {session_id: told for session_id, told in read.items() if told is not None}
        found = compared({session_id: opened[session_id] for session_id in read}, held)
        gone = len(read) - len(held)
        return ReadBack(len(opened), len(read), gone, found.promised, found.vanished, found.surplus)

    def lease(self, seconds: float, users: int = 0, patience: float = PATIENCE) -> bool:
        """Borrow the dials until this has passed, or renew that: should this load die, the lab puts them back.

        Returns:
            Whether Stop was pressed on the lab's page.
        """
        if self._left:
            return False
        return bool(self._ask("/lab/lease", {"seconds": seconds, "users": users}, patience)["stop"])

    def rest(self) -> None:
        """Stop all refreshes."""
        self._ask("/lab/dials", REST)

    def leave(self, begun: Begun) -> None:
        """Set added delay and faults to 0, restore the two dials that are not part of a verdict, and end the lease.

        It has no effect if this load has borrowed nothing, or has left already.
        """
        self._left = True  # a renewal after the end would take the lease again
        if not self._borrowed:
            return
        self._borrowed = False
        before = {name: begun.before[name] for name in ("db_latency_ms", "cache_ttl_s")}
        with suppress(LabProblem):
            if self._ask("/lab/status")["boot"] != begun.boot:  # the one that has lent them has ended
                return
            with suppress(LabProblem):
                self._ask("/lab/dials", {"window_ms": 0.0, "fault_rate": 0.0, **before})
            self._ask("/lab/lease", {"seconds": 0})

    def check_same(self, begun: Begun) -> dict[str, Any]:
        """Its status.

        Raises:
            LabProblem: as for `settled_verdict`.
        """
        status: dict[str, Any] = self._ask("/lab/status")
        if status["boot"] != begun.boot:
            raise LabGone(f"The server at {self.url} was restarted during the run.")
        if status["run"] != begun.run:
            raise LabProblem(f"Run {begun.run} was ended by another client: {self.url} is in run {status['run']} now.")
        return status

    def open_session(self, variant: str) -> str:
        """Log in. Returns the session's id."""
        return str(self._ask(f"/{variant}/api/login", {"username": "load", "password": "x"})["session_id"])

    def stored(self, variant: str) -> Stored:
        """All that one manager stores."""
        held, path = Stored(), f"/lab/census/{variant}"
        page = self._ask(path, patience=CENSUS_PATIENCE)
        held.add(page)
        while page["next"] is not None:
            page = self._ask(f"{path}?census={page['census']}&page={page['next']}")
            held.add(page)
        return held

    def cleanup(self, variant: str, after: str = "") -> CleanupJson:
        """What cleanup did with the rows of one manager: a page of the ids after this one."""
        told: CleanupJson = self._ask(f"/lab/cleanup/{variant}?after={quote(after)}")
        return told

    def session(self, variant: str, session_id: str) -> dict[str, Any] | None:
        """What it has of a session; None if it has none."""
        try:
            held: dict[str, Any] = fetch(f"{self.url}/lab/sessions/{variant}/{session_id}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise LabProblem(f"The {variant} session {session_id[:8]}… could not be read back: {error}.") from error
        except (OSError, ValueError) as error:
            raise self._no_answer(error) from error
        return held

    def _ask(self, path: str, body: Mapping[str, Any] | None = None, patience: float = PATIENCE) -> Any:
        try:
            return fetch(self.url + path, body, timeout=patience)
        except urllib.error.HTTPError as error:
            if error.code == CONFLICT:
                raise LabProblem(f"The lab at {self.url} is busy. {_detail(error.read)}") from error
            raise LabProblem(f"{self.url}{path} answered {error.code}: {_detail(error.read)}") from error
        except (OSError, ValueError) as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> LabGone:
        return LabGone(f"No lab answers at {self.url} ({getattr(error, 'reason', error)}). {self._advice}")


def _calls(status: Mapping[str, Any]) -> Calls:
    return {variant: told["calls"] for variant, told in status["variants"].items()}


def _detail(read: Callable[[], bytes]) -> str:
    """The detail of a problem response."""
    try:
        return str(json.loads(read())["detail"])
    except (ValueError, LookupError, TypeError):
        return "it gives no reason."
