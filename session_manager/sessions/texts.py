"""What every store can keep: one rule for all, so that an app may move from one to another."""

from __future__ import annotations

import re
from operator import index

from ..model import SessionError
from .contract import Changes, NotANumber

MOST_USER = 512
"""Characters of a user's id, which the stores index."""
_NOT_STORED = re.compile("[\0\ud800-\udfff]")
_NUMBER = re.compile("0|-?[1-9][0-9]{0,18}")
_LEAST, _MOST = -(2**63), 2**63 - 1


class CannotStore(SessionError):
    """A text that not every store can keep."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} cannot be stored. Nothing was changed.")


def is_storable(text: str) -> bool:
    """Whether every store can keep it. PostgreSQL keeps no NUL, and half a surrogate pair is no character."""
    return _NOT_STORED.search(text) is None


def check_texts(*texts: str) -> None:
    """Of keys and values.

    Raises:
        CannotStore: one of them has such a character.
    """
    if is_storable("".join(texts)):  # one search for all
        return
    for text in texts:
        if not is_storable(text):
            raise CannotStore(f"The text {text[:64]!r} has a NUL or half a surrogate pair, which")


def check_changes(changes: Changes) -> None:
    """The keys and values that would be stored.

    Raises:
        CannotStore: one of them cannot be.
    """
    read = [text for text in changes.read.values() if text is not None]
    check_texts(*changes.values, *changes.values.values(), *changes.removed, *changes.read, *read)


def check_user(user_id: str, username: str) -> None:
    """Whose session it is.

    Raises:
        CannotStore: one of the two cannot be stored.
    """
    check_texts(user_id, username)
    if len(user_id) > MOST_USER:
        raise CannotStore(f"A user id of {len(user_id)} characters, where {MOST_USER} are the limit,")


def check_amount(key: str, amount: int) -> int:
    """What is to be added.

    Raises:
        CannotStore: of the key.
        NotANumber: the amount has more than 64 bits.
    """
    check_texts(key)
    if not _LEAST <= index(amount) <= _MOST:
        raise NotANumber(key)
    return index(amount)


def total(key: str, text: str | None, amount: int) -> int:
    """The sum of a key's text and an amount, for a store that adds by itself.

    Args:
        key: for the error.
        text: of the key, None for a missing one, which counts as 0. A number is written as `str` writes it.
        amount: as `check_amount` returns it.

    Raises:
        NotANumber: the text is no such number of 64 bits, or the sum is none.
    """
    if text is not None and not _NUMBER.fullmatch(text):
        raise NotANumber(key)
    known = int(text or 0)
    if not (_LEAST <= known <= _MOST and _LEAST <= known + amount <= _MOST):
        raise NotANumber(key)
    return known + amount
