"""What a page that polls does not have yet: the samples that differ, and the parts of the state that have changed.

A part is known by a mark of its content. So it does not matter which process has sent it, and nothing has to be
remembered of any page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from ..live.json_types import SampledJson
from ..live.sampler import Sample

MARK_BYTES = 4
AS_OLD_S = 0.5
"""A row that waits is as old as a moment before and so much time: the two are read one after the other."""


def changed(parts: Mapping[str, object], had: str) -> tuple[dict[str, object], str]:
    """The parts that a page does not have.

    Args:
        parts: all of them, by name.
        had: the marks of those that it has, as it was given them; anything else gets it all.

    Returns:
        The parts, and the marks of all.
    """
    marks = [blake2b(json.dumps(part).encode(), digest_size=MARK_BYTES).hexdigest() for part in parts.values()]
    known = had.split(".")
    known = known if len(known) == len(marks) else [""] * len(marks)
    new = {name: part for (name, part), mark, old in zip(parts.items(), marks, known, strict=True) if mark != old}
    return new, ".".join(marks)


def differing(samples: Sequence[Sample[SampledJson]], cursor: int) -> list[Sample[SampledJson]]:
    """The samples from a cursor on that say something new: with the last one before each change.

    Args:
        samples: in their order; the one before the cursor is what the page has.
        cursor: the number of the first that it does not have.
    """
    around = zip([None, *samples], samples, [*samples[1:], None], strict=False)
    return [
        one
        for before, one, after in around
        if one.seq >= cursor and (before is None or _differs(before, one) or (after and _differs(one, after)))
    ]


def _differs(one: Sample[SampledJson], other: Sample[SampledJson]) -> bool:
    return any(_counts(one.read[name]) != _counts(other.read[name]) for name in one.read) or any(
        not _is_as_old(one.read[name]["oldest_s"], other.read[name]["oldest_s"], other.at - one.at) for name in one.read
    )


def _counts(read: SampledJson) -> dict[str, object]:
    return {**read, "oldest_s": None}


def _is_as_old(before: float | None, after: float | None, passed: float) -> bool:
    """Whether the oldest row that waits is the same one."""
    if before is None or after is None:
        return before is after
    return abs(after - before - passed) < AS_OLD_S
