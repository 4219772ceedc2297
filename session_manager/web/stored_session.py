"""`flask.session` over a store: loaded at its first use, saved at the end of the request, and some steps at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ..model import SessionError, SessionNotFound, TooManyKeys
from ..sessions.contract import Changes, SessionConflict, WebSessions
from ..sync import RUNTIME
from .flashes import FLASHES, merged
from .session_notes import Notes
from .session_refusals import Refusal
from .session_values import SCALARS, Values

PERMANENT = "_permanent"
"""Flask's key: whether the cookie outlives the browser."""
MOST_MERGES = 20
"""How often the messages of a request are merged with those of others before it gets a conflict."""
THIS_ONE = "(this one)"
"""In place of an id, which would be a secret in the app's log."""
TOO_LATE = (
    "The response has begun, and the session was saved before that. Change it before the response is returned; "
    "session.add() and session.take() work at any time."
)


class StoredSession(Notes):
    """The session of one request.

    What is assigned is saved when the request ends, all of it or nothing. `commit`, `add`, `take` and `regenerate` act
    at once, and raise a `SessionError` if that cannot be. If no view catches it, the answer is a 409 or a 503. After a
    failed `commit` what was not saved is forgotten, and the session is read again.

    Args:
        store: gives the sessions; called at the first use.
        values: for text.
        claimed: gives the id that the client claims to have, unless it is forged.
        permanent: whether a session is permanent if nothing else was said.

    Attributes:
        new: whether the store had no session for the client.
        was_cleared: whether `clear` was called.
        is_over: whether it was saved for the last time.
        has_acted: whether something was changed in the store, which stays if the rest is refused.
        refusal: the answer to an error that no view has caught; nothing more is saved then.
    """

    new = False
    was_cleared = False
    is_over = False
    has_acted = False
    refusal: Refusal | None = None

    def __init__(
        self, store: Callable[[], WebSessions], values: Values, claimed: Callable[[], str | None], permanent: bool
    ) -> None:
        super().__init__(values)
        self._store = store
        self._claimed = claimed
        self._permanent = permanent
        self._known: str | None = None  # the id that the client claims to have
        self._id: str | None = None  # the id that the session has now
        self._user: str | None = None
        self._lived: str | None = None  # the text of `_permanent` as it was loaded
        self._gone: SessionNotFound | None = None
        self._to_close: list[str] = []

    @property
    def sid(self) -> str | None:
        """The session's id, a secret; None before a new session is saved."""
        self._texts()
        return self._id

    @property
    def has_new_id(self) -> bool:
        """Whether the client has to be told the id."""
        return self._id is not None and self._id != self._known

    @property
    def is_loaded(self) -> bool:
        """Whether anything was asked of it in this request."""
        return self._stored is not None or self._id is not None or self.was_cleared

    @property
    def permanent(self) -> bool:
        """Whether the cookie outlives the browser. Flask's key `_permanent` is only stored if an app has set it."""
        return bool(self.get(PERMANENT, self._permanent))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self[PERMANENT] = bool(value)

    @property
    def lives_otherwise(self) -> bool:
        """Whether the session was saved as one that ends with the browser, or no more: its cookie says the other."""
        now = self._texts().get(PERMANENT)
        return now != self._lived and self._outlives(now) != self._outlives(self._lived)

    def _outlives(self, text: str | None) -> bool:
        return self._permanent if text is None else bool(self._codec.decode(text))

    def copy(self) -> dict[str, Any]:
        """A dictionary of all keys and values."""
        return dict(self)

    def clear(self) -> None:
        """End the session, when the request ends: for all requests in flight too. What is assigned after this is in a
        new session with a new id."""
        self._before_write()
        self._texts()
        if self._id is not None:
            self._to_close.append(self._id)
        self._end()
        self.was_cleared = self.modified = True

    def commit(self) -> None:
        """Save now what was changed so far. What other requests have changed is not read again.

        Raises:
            SessionConflict: another request has changed a key that this one has read and then changed.
            SessionNotFound: the session was ended.
            CannotEncode: a value was changed to something that has no text.
        """
        if self._stored is not None or self._to_close:
            self._save()

    def add(self, key: str, n: int = 1) -> int:
        """Add to a number now, and return the sum, which no other request gets: a counter without a conflict.

        Args:
            key: 0 if it is missing.
            n: a whole number.

        Raises:
            NotANumber: the value is none, or has more than 64 bits.
            SessionNotFound: the session was ended.
        """
        self._settle(key)
        if self._id is None and self._gone is None:
            self._before_write()
            self._save(also_empty=True)
        total: int = self._at_once(lambda session_id: self._store().add(session_id, key, n))
        self._learn(key, str(total))
        self.has_acted = True
        return total

    def take(self, key: str, default: Any = None) -> Any:
        """Remove a key now and return its value: of several requests one gets it, the others get the default.

        Raises:
            SessionNotFound: the session was ended.
        """
        self._settle(key)
        if self._id is None and self._gone is None:
            return default
        text = self._at_once(lambda session_id: self._store().take(session_id, key))
        self._learn(key, None)
        self.has_acted |= text is not None
        return default if text is None else self._codec.decode(text)

    def regenerate(self, user: str | int | None = None) -> None:
        """Give the session a new id now, with all its data: call it when a user logs in. The old id is worth nothing.

        Args:
            user: whose session it is from now on, for `list_sessions` and `log_out_everywhere`; None: as before.

        Raises:
            SessionNotFound: the session was ended, by a logout everywhere for instance. There is no new one.
            SessionConflict: another request has changed a key that this one has read and written. The session was
                ended.
        """
        self._before_write()
        before = dict(self._texts())
        if self._gone is not None:
            raise self._gone
        old, self._user = self._id, self._user if user is None else str(user)
        if old is None and user is None:
            return  # it gets its first id when it is saved
        self._open(before)  # first, so that a logout everywhere finds this one, or has ended the old one
        if old is not None:
            self._follow(old, before)

    def abandon(self) -> bool:
        """Close a session whose id the client will never be told. Returns whether there was one."""
        if not self.has_new_id:
            return False
        with suppress(SessionError):
            self._store().close_session(self._id or "")
        return True

    def _follow(self, old: str, before: dict[str, str]) -> None:
        """Close the session that the new one was copied from, and bring over what others have changed in it."""
        new = self._id or ""
        try:
            last = self._store().close_session(old).metadata
            self.has_acted = True
            changed = {key: text for key, text in last.items() if before.get(key) != text}
            removed = [key for key in before if key not in last]
            if changed or removed:
                self._store().change_session(new, Changes(changed, removed))
        except SessionError as error:
            with suppress(SessionError):
                self._store().close_session(new)
            self._lose(error if isinstance(error, SessionNotFound) else SessionNotFound(old))
            raise
        seen = self._texts()
        for key in (*changed, *removed):
            if key not in self._values and key not in self._looked and not self._whole:
                seen.pop(key, None)
                seen |= {key: last[key]} if key in last else {}

    def _load(self) -> dict[str, str]:
        session_id, stored = self._id, dict[str, str]()
        if session_id is None and not self.was_cleared:
            session_id = self._known = self._claimed()
        if session_id is not None:
            with suppress(SessionNotFound):  # an id of the past, or of nobody: the client gets another one
                data = self._store().get_session(session_id)
                self._id, self._user, stored = session_id, data.user_id, data.metadata
        self.new = self._id is None
        self._lived = stored.get(PERMANENT)
        self._stored = stored
        return stored

    def _before_write(self) -> None:
        if self.is_over:
            raise RuntimeError(TOO_LATE)

    def _save(self, also_empty: bool = False) -> None:
        """Send what was changed, and make a session if there is none; of nothing to keep only if `also_empty`."""
        changes = self._changes() or (Changes() if also_empty else None)
        if changes is not None and not also_empty and self._is_nothing_yet(changes):
            changes = None
        try:
            if changes is not None:
                self._saved(self._send(changes))
                self.has_acted = True
            self._close_cleared()
        except SessionNotFound as error:
            self._lose(error)
            raise
        except SessionError:
            self._forget()
            raise

    def _is_nothing_yet(self, changes: Changes) -> bool:
        """Whether a new session would only say that it is permanent: some apps say so to every visitor."""
        return self._id is None and self._gone is None and set(changes.values) <= {PERMANENT}

    def _send(self, changes: Changes) -> Changes:
        """Returns what was sent."""
        if self._gone is not None:
            raise self._gone
        if self._id is not None:
            return self._change(self._id, changes)
        self._open(changes.values)
        return changes

    def _open(self, values: Mapping[str, str]) -> None:
        """Make a session in the store. An id that a client brings along is never taken for it."""
        sessions = self._store()
        user = self._user if self._user is not None else f"anonymous-{RUNTIME.new_id()}"  # an index of its own each
        session_id = sessions.create_session(user, "" if self._user is None else user)
        try:
            if values:
                sessions.change_session(session_id, Changes(values))
        except SessionError:
            with suppress(SessionError):
                sessions.close_session(session_id)
            raise
        self._id, self._user = session_id, user

    def _change(self, session_id: str, changes: Changes) -> Changes:
        """Send changes, and return what was sent: messages are merged."""
        for turn in range(MOST_MERGES):
            try:
                self._store().change_session(session_id, changes)
            except SessionConflict as error:
                if error.key != FLASHES or turn == MOST_MERGES - 1:
                    raise
                changes = self._merged(session_id, changes)
            except TooManyKeys:
                raise TooManyKeys(THIS_ONE) from None
            else:
                if turn:
                    self._values.pop(FLASHES, None)  # the list is another now
                break
        return changes

    def _merged(self, session_id: str, changes: Changes) -> Changes:
        now = self._store().get_session(session_id).metadata.get(FLASHES)
        lists = [self._codec.decode(text) if text else [] for text in (self._texts().get(FLASHES), now)]
        messages = merged(lists[0], self._values.get(FLASHES, []), lists[1], FLASHES in self._removed)
        values = {key: text for key, text in changes.values.items() if key != FLASHES}
        if messages:
            values[FLASHES] = self._codec.encode(FLASHES, messages)
        removed = [*(key for key in changes.removed if key != FLASHES), *([] if messages else [FLASHES])]
        return Changes(values, removed, {**changes.read, FLASHES: now})

    def _close_cleared(self) -> None:
        """After the new session was made, if there is one: a failure leaves the old one to be closed again."""
        while self._to_close:
            with suppress(SessionNotFound):  # somebody else has ended it
                self._store().close_session(self._to_close[-1])
            self._to_close.pop()

    def _settle(self, key: str) -> None:
        """Save the rest first if this key has changes that are not saved."""
        self._texts()
        if key in self._written or type(self._values.get(key)) not in SCALARS:
            self.commit()

    def _at_once(self, step: Callable[[str], Any]) -> Any:
        if self._gone is not None:
            raise self._gone
        try:
            return step(self._id or "")
        except SessionNotFound as error:
            self._lose(error)
            raise
        except TooManyKeys:
            raise TooManyKeys(THIS_ONE) from None

    def _lose(self, error: SessionNotFound) -> None:
        """The session was ended while this request was in flight: what it writes now must not make it anew."""
        self._end()
        self._gone = error

    def _end(self) -> None:
        self._forget()
        self._stored = {}
        self._id = self._user = self._gone = None
