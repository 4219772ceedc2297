"""What the replay page announces after a step: what happened, and what of the shared state has changed by it."""

from __future__ import annotations

from collections.abc import Iterator

from ...explorer.traces.trace import Trace
from .json_types import FactJson, SaidJson, TileJson
from .tiles import TITLES, tiles


def announced(trace: Trace, told: SaidJson) -> str:
    """In the words of the page, read from the tiles that it shows.

    Args:
        trace: as far as it has come.
        told: what the page says of it so far.
    """
    changes = list(_changes(trace)) or ["Nothing that they share has changed."]
    under_way = changes if trace.steps and trace.ending is None else []
    return " ".join(filter(None, [told["headline"], *under_way, told["words"], told["diverged"]]))


def _changes(trace: Trace) -> Iterator[str]:
    for tile in tiles(trace):
        if tile["changed"]:
            facts = "; ".join(_fact(one) for one in tile["facts"] if one["change"])
            yield f"{TITLES[tile['key']]}{_figure(tile)}{f': {facts}' if facts else ''}."


def _figure(tile: TileJson) -> str:
    return "" if tile["was"] is None else f" {tile['was']} to {tile['figure']}"


def _fact(fact: FactJson) -> str:
    return f"{fact['name']} {fact['text']}{', gone' if fact['change'] == 'gone' else ''}"
