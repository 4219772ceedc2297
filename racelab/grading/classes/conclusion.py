"""What all executions of a program together say, and about which places of the source."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from racelab.explorer.code.sites import SITES, SITES_OF, Site
from racelab.explorer.kernel.guard import FROM_THE_RUNTIME
from racelab.explorer.kernel.places import MOVING, Places
from racelab.explorer.primitives.clock import NONE_PASSED, TIME_STANDS

from .result import CANNOT_TELL, FOUND, NONE, Result
from .witness import Witness

_FILE: Final = re.compile(r"(.*?):\d+:\d+--?\d+ ")
"""How a place begins: see `stop`."""


def conclude(result: Result, places: Places, witness: Witness | None, unsure: str, unfinished: str) -> None:
    """Enter the verdict.

    Args:
        result: so far.
        places: what is known of the source.
        witness: the smallest schedule that ends badly, if there is one.
        unsure: why nothing can be said; empty if something can.
        unfinished: why not all schedules were tried: a finding stands all the same.
    """
    result.gaps, result.assumed = tuple(places.gaps.told()), _assumed(places)
    racy = [SITES[site] for site in sorted(places.racy) if site >= 0]
    root = result.program.root
    result.racy = tuple(dict.fromkeys([f"{_name(site.file, root)}:{site.line}" for site in racy]))
    result.stops = tuple([stop(site, root) for site in racy])
    result.looked = tuple(sorted(places.looked))
    unfaithful = " ".join(places.unfaithful.told())
    if unsure or unfaithful:
        result.verdict, result.unsure = CANNOT_TELL, _of_class(places.unfaithful.with_line(unsure)) or unfaithful
    elif witness is not None:
        result.verdict = FOUND
        result.kind, result.ending = witness.kind, witness.ending
        result.schedule, result.preemptions, result.steps = witness.text, witness.preemptions, len(witness.turns)
    else:
        result.unsure = unfinished or " ".join(result.gaps)
        result.verdict = CANNOT_TELL if result.unsure else NONE
    if not result.schedules:
        result.schedules = result.executions
        result.losing = int(result.verdict == FOUND)


def _assumed(places: Places) -> tuple[str, ...]:
    """What was assumed; of the time also whether any has passed."""
    stood = TIME_STANDS in places.assumed and MOVING not in places.looked
    return tuple(sorted(places.assumed ^ {TIME_STANDS, NONE_PASSED} if stood else places.assumed))


def in_all(assumed: Iterable[str]) -> tuple[str, ...]:
    """What was assumed in several programs together."""
    found = dict.fromkeys(assumed)
    return tuple(one for one in found if one != NONE_PASSED or TIME_STANDS not in found)


def _of_class(reason: str) -> str:
    """A class is given no runtime."""
    return reason.replace(FROM_THE_RUNTIME, "").strip()


def stop(site: Site, root: str) -> str:
    """A place to the column, the same in every process."""
    return f"{_name(site.file, root)}:{site.line}:{site.column}-{site.end_column} {site.what}"


def sites_at(stops: Iterable[str], root: str) -> set[int]:
    """The sites at these places, of all that are known by now. Files are looked through that one of them names."""
    wanted = set(stops)
    named = {found[1] for one in wanted if (found := _FILE.match(one))}
    files = [file for file in list(SITES_OF) if _name(file, root) in named]
    return {number for file in files for number in SITES_OF[file] if stop(SITES[number], root) in wanted}


def _name(file: str, root: str) -> str:
    """The file, as seen from where imports begin, if it lies there."""
    return file if file.startswith("<") else _real(file).removeprefix(_real(root) + os.sep)


_real = cache(os.path.realpath)
