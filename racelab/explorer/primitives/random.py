"""`_random`, which is below `random`: numbers of a generator without a seed are drawn by `chance`.

`random` itself is rewritten, so what `choice` or `shuffle` look at in the author's lists is recorded. A generator with
a seed keeps its state, which is the author's data. The one that the functions of the module share is not: its numbers
do not depend on who has drawn before, and `seed` does nothing to it.
"""

from __future__ import annotations

import _random
from collections.abc import Hashable
from functools import cache
from types import ModuleType
from typing import Any, Final, cast

from racelab.explorer.code.copies import copy_of
from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.threads import here

from .chance import draw


class Random(_random.Random):
    """What `random.Random` is derived from."""

    _has_seed = False

    def __new__(cls, *_: object) -> Random:
        """While nothing is explored `random` itself is imported: that one is for everybody."""
        kind = cls if here.memory is not None else _shared(cast("Hashable", cls))
        return cast("Random", _random.Random.__new__(kind))

    def seed(self, a: Any = None, /) -> None:
        """Without a seed each task draws its own numbers."""
        self._has_seed = a is not None
        super().seed(a if a is not None else 0)

    def random(self) -> float:
        """Between 0 and 1."""
        return super().random() if self._has_seed else draw().random()

    def getrandbits(self, k: int, /) -> int:
        """So many bits."""
        return super().getrandbits(k) if self._has_seed else draw().getrandbits(k)


@cache
def _shared(kind: Any) -> Any:
    """The class of a generator in which tasks cannot meet."""
    return type(kind.__name__, (Modelled, kind), {"seed": lambda *_, **__: None, "outlives_execution": True})


MODULE: Final[ModuleType] = copy_of(_random, Random=Random)
