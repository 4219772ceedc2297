"""A tag that Flask's tagged JSON lacks: dictionaries whose keys are not text.

JSON would make text of `{7: 1}`, and a basket by article number would be empty for whoever asks for number 7.
"""

from __future__ import annotations

from typing import Any

from flask.json.tag import JSONTag


class TagKeys(JSONTag):
    """A dictionary as the list of its keys and values, each tagged as what it is."""

    __slots__ = ()
    key = " k"

    def check(self, value: Any) -> bool:
        """Whether JSON would change a key."""
        return isinstance(value, dict) and not all(isinstance(key, str) for key in value)

    def to_json(self, value: Any) -> Any:
        """Pairs, in the order of the dictionary."""
        return [[self.serializer.tag(key), self.serializer.tag(held)] for key, held in value.items()]

    def to_python(self, value: Any) -> Any:
        """The dictionary again."""
        return dict(value)
