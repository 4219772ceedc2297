"""What a watched manager tells of its calls: to the ledger, or to a journal that is merged later."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from session_manager.model import InjectedFault, SessionError

from ..bugs import Outcome
from .promise import Call, Kind


class Recorder(Protocol):
    """Takes down every call of one variant, and what becomes of its rows."""

    def call(
        self, kind: Kind, session_id: str = "", key: str = "", value: str = "", caller: str = ""
    ) -> AbstractContextManager[Call, None]:
        """Take down one call of the manager, and who asked for it: `with recorder.call(...) as call`.

        The body sets `session_id` when it is a create, and `answer` when it is an increment. A body that ends is
        acknowledged. An error that says it is definite means failed: nothing was changed. Every other error is an
        unknown outcome.
        """

    def refreshing(self, call: Call) -> None:
        """The call has begun to read its session's row from the database."""

    def row_removed(self, session_id: str, was_there: bool) -> None:
        """Cleanup removed a row. The session is over."""

    def row_discarded(self, session_id: str) -> None:
        """A dead letter was discarded: its row was removed without cleanup. The session is over."""

    def row_kept(self, session_id: str) -> None:
        """Cleanup tried to remove a row and failed."""

    def attempt_unanswered(self, session_id: str) -> None:
        """Cleanup tried to make a row a dead letter, and the database did not answer: that attempt does not count."""

    def attempts_forgotten(self, session_id: str) -> None:
        """A dead letter was retried or discarded: its earlier attempts no longer count."""


class Account(Protocol):
    """Where a call is entered when it begins and when it ends."""

    def begin(self, call: Call) -> None:
        """The call begins. An error refuses it: it is not made."""

    def end(self, call: Call, outcome: Outcome, injected: bool = False) -> None:
        """The call has ended with `outcome`; `injected` if the fault dial killed it."""


class Entry:
    """One call's entry in an account, from its begin to its end."""

    __slots__ = ("_account", "_call")

    def __init__(self, account: Account, call: Call) -> None:
        self._account = account
        self._call = call

    def __enter__(self) -> Call:
        self._account.begin(self._call)
        return self._call

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        outcome: Outcome = "acknowledged"
        if error is not None:
            outcome = "failed" if isinstance(error, SessionError) and error.definite else "unknown"
        self._account.end(self._call, outcome, isinstance(error, InjectedFault))
