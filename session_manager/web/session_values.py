"""The values of a session as text, one text per key: Flask's tagged JSON, never pickle."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from typing import Any

from flask.json import dumps
from flask.json.tag import TaggedJSONSerializer

SCALARS = frozenset({str, int, bool, float, type(None)})
"""Types whose values nobody can change in place, and that need no tag."""
_PLAIN = frozenset('"-0123456789tfn')
"""How the text of such a value begins; `NaN` and `Infinity` take the longer way."""
_DECODER = json.JSONDecoder()
"""What `json.loads` does first and last, the search for white space around a value, is four fifths of its time."""


class CannotEncode(TypeError):
    """A value that JSON cannot hold."""

    def __init__(self, key: str, value: object, error: Exception) -> None:
        super().__init__(
            f"session[{key!r}] cannot be stored: it is, or holds, what JSON has no text for ({error}); the value is a "
            f"{type(value).__name__}. Use text, numbers, lists, dictionaries, tuples, bytes, datetimes or UUIDs."
        )


class Values:
    """Encodes and decodes. The keys of a dictionary keep their order, which Flask's own serializer does not.

    Args:
        serializer: Flask's, to which an app may have added tags of its own.
    """

    def __init__(self, serializer: TaggedJSONSerializer) -> None:
        self._serializer = serializer

    def encode(self, key: str, value: Any) -> str:
        """The text of a value. An int is the decimal number that `WebSessions.add` counts with.

        Raises:
            CannotEncode: there is none.
        """
        kind = type(value)
        try:
            if kind is str:
                return encode_basestring_ascii(value)
            if kind is int:
                return str(value)
            return dumps(self._serializer.tag(value), separators=(",", ":"), sort_keys=False)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise CannotEncode(key, value, error) from error

    def decode(self, text: str) -> Any:
        """The value of a text, made anew each time."""
        if text[:1] not in _PLAIN:
            return self._serializer.loads(text)
        value, end = _DECODER.raw_decode(text)
        return value if end == len(text) else json.loads(text)  # which says what is wrong
