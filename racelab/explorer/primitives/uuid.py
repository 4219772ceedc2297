"""`uuid`: random ids by `chance`. The others are computed from what they are given, and stay."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Final

from racelab.explorer.code.copies import copy_of

from .chance import draw

NODE: Final = 0x02_00_00_00_00_01
"""The address of a network card that there is nowhere."""


def _drawn(version: int) -> Callable[..., uuid.UUID]:
    """An id of that version in random bits, also if it would be made of the time and the computer's address."""

    def make(*_: object, **__: object) -> uuid.UUID:
        bits = draw().getrandbits(128)
        bits = bits & ~(0xF000 << 64) & ~(0xC000 << 48)
        return uuid.UUID(int=bits | version << 76 | 0x8000 << 48)

    return make


def _getnode() -> int:
    return NODE


MODULE: Final[ModuleType] = copy_of(
    uuid,
    getnode=_getnode,
    **{f"uuid{version}": _drawn(version) for version in (1, 4, 6, 7) if hasattr(uuid, f"uuid{version}")},
)
