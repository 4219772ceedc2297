"""What one request has read and written of its session, key by key.

The notes decide what is sent to the store at the end: nothing if each key has the text that the store had; else those
with another text, and beside them each that was assigned the same one. A key that was read before it was written is
sent with the text that was read, and the store refuses it if it has another by then: what the request wrote was made
from what it read. A key that was only written is sent alone; the last write wins.

A value that can be changed in place (`session["cart"].append(...)`) is never reported as written. So each one that was
read is encoded again at the end, and compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask.sessions import SessionMixin

from ..sessions.contract import Changes
from ..sessions.texts import check_texts
from .session_values import SCALARS, Values


class Notes(SessionMixin):
    """A mapping over texts that are loaded at the first use.

    Args:
        values: makes text of values, and values of text.

    Attributes:
        modified: whether something was assigned or removed. An app may set it; nothing depends on that.
    """

    modified = False

    def __init__(self, values: Values) -> None:
        self._codec = values
        self._forget()

    def _forget(self) -> None:
        """Forget all notes: the next use loads again."""
        self._stored: dict[str, str] | None = None  # what the store had; of what this request has saved, that
        self._values: dict[str, Any] = {}  # those that were decoded or assigned
        self._looked: set[str] = set()  # keys that were asked for, whether they are there or not
        self._written: set[str] = set()  # keys that were assigned or removed, and not saved
        self._blind: set[str] = set()  # those of them that had not been read before
        self._removed: set[str] = set()  # keys that were removed, and perhaps assigned after that
        self._whole = False  # whether all keys were listed, which tells of each missing one too

    def _load(self) -> dict[str, str]:
        """Read the texts from the store, into `_stored`."""
        raise NotImplementedError

    def _before_write(self) -> None:
        """Called before each assignment and each removal."""

    def __getitem__(self, key: str) -> Any:
        if key in self._values:
            return self._values[key]
        text = self._read(key)
        if text is None:
            raise KeyError(key)
        value = self._values[key] = self._codec.decode(text)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default. Written out: most apps ask at each request for a key that may be missing."""
        if key in self._values:
            return self._values[key]
        text = self._read(key)
        if text is None:
            return default
        value = self._values[key] = self._codec.decode(text)
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._values or (isinstance(key, str) and self._read(key) is not None)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"A key of a session is a str; {key!r} is a {type(key).__name__}.")
        check_texts(key)
        if type(value) not in SCALARS:
            self._codec.encode(key, value)  # an error is raised here, where its cause stands, and not at the end
        self._note_write(key)
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        if key not in self._values and (key in self._written or key not in self._texts()):
            raise KeyError(key)
        self._note_write(key)
        self._removed.add(key)
        self._values.pop(key, None)

    def __iter__(self) -> Iterator[str]:
        self._whole = True
        return iter(self._keys())

    def __len__(self) -> int:
        """Asks for no key, unless there is none, which tells of all. Flask-Login asks at each request."""
        keys = self._keys()
        self._whole |= not keys
        return len(keys)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'not loaded' if self._stored is None else self._keys()}>"

    def _texts(self) -> dict[str, str]:
        return self._load() if self._stored is None else self._stored

    def _read(self, key: str) -> str | None:
        """The store's text of a key that has no value yet, noted as read; None if there is none, or it was removed."""
        stored = self._texts()
        if key in self._written:
            return None
        self._looked.add(key)
        return stored.get(key)

    def _note_write(self, key: str) -> None:
        self._before_write()
        self._texts()
        if key not in self._written:
            self._written.add(key)
            if key not in self._values and key not in self._looked and not self._whole:
                self._blind.add(key)
        self.modified = True

    def _keys(self) -> list[str]:
        stored, values = self._texts(), self._values
        return [
            *(key for key in stored if key in values or key not in self._written),
            *(key for key in values if key not in stored),
        ]

    def _changes(self) -> Changes | None:
        """What is to be sent; None if nothing is.

        Raises:
            CannotEncode: a value was changed in place to something that has no text.
        """
        stored, values, removed, same = self._texts(), dict[str, str](), list[str](), dict[str, str]()
        for key in self._written:
            if key not in self._values:
                removed += [key] if key in stored else []
            else:
                text = self._codec.encode(key, self._values[key])
                is_same = text == stored.get(key) and key not in self._removed
                (same if is_same else values)[key] = text
        for key, value in self._values.items():
            if type(value) not in SCALARS and key not in self._written:
                text = self._codec.encode(key, value)
                if text != stored[key] and text != self._as_read(key):
                    values[key] = text
        if not values and not removed:
            return None
        values |= same  # others may have changed them: what was assigned together is saved together
        read = {key: stored.get(key) for key in (*values, *removed) if key not in self._blind}
        return Changes(values, removed, read)

    def _as_read(self, key: str) -> str:
        """The text that a value would have now if it had not changed: an int as key of a dictionary has become text."""
        return self._codec.encode(key, self._codec.decode(self._texts()[key]))

    def _saved(self, changes: Changes) -> None:
        """The store has these now. What was read stays as it was, so that what is written next is made from that."""
        stored = self._texts()
        for key in changes.removed:
            stored.pop(key, None)
        stored.update(changes.values)
        self._written.clear()
        self._blind.clear()
        self._removed.clear()
        self.modified = True

    def _learn(self, key: str, text: str | None) -> None:
        """The store has this text for a key, by an operation of its own; None: no text."""
        stored = self._texts()
        if text is None:
            stored.pop(key, None)
        else:
            stored[key] = text
        self._values.pop(key, None)
        self._written.discard(key)
        self._blind.discard(key)
        self._looked.add(key)
