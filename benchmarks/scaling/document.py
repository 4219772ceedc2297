"""docs/scaling.md, its picture and the results beside it: all of it is made of the results, and nothing is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.scaling.outlook import CHANGE, outlook
from benchmarks.scaling.plot import plot
from benchmarks.scaling.stores import POSTGRES_SETTINGS, STORES
from benchmarks.scaling.tables import all_tables, measured
from benchmarks.scaling.targets import targets

HEAD = Path(__file__).with_name("head.md")
RESULTS, DOCUMENT, PICTURE = "scaling.json", "scaling.md", "images/scaling.svg"


def write(found: dict[str, Any], folder: Path) -> None:
    """Write the results, the document and the picture into a folder."""
    (folder / RESULTS).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (folder / PICTURE).parent.mkdir(exist_ok=True)
    (folder / DOCUMENT).write_text(markdown(found), encoding="utf-8")
    (folder / PICTURE).write_text(picture(found), encoding="utf-8")


def picture(found: dict[str, Any]) -> str:
    """The median time of a change by size."""
    lines = {
        store: {size: step["operations"][CHANGE]["p50_us"] for size, step in measured(found, store).items()}
        for store in STORES
    }
    return plot("Median time of a change with 8 threads", "microseconds", lines)


def markdown(found: dict[str, Any]) -> str:
    """The document."""
    tables = [table.markdown() for table in all_tables(found)]
    return "\n".join([_head(found), *_left_out(found), *tables, *_reached(found), outlook(found)])


def _head(found: dict[str, Any]) -> str:
    where, plan = [step["environment"] for step in found["steps"].values()], found["plan"]
    loads = [each["load_before"] for each in where]
    return HEAD.read_text(encoding="utf-8").format(
        cores=where[0]["cores"],
        python=where[0]["python"],
        least_load=min(loads),
        most_load=max(loads),
        rounds=plan["rounds"],
        seconds=plan["seconds"],
        settings=", ".join(f"`{name}={value}`" for name, value in POSTGRES_SETTINGS.items()),
    )


def _left_out(found: dict[str, Any]) -> Iterator[str]:
    for name, step in found["steps"].items():
        if "left_out" in step:
            yield f"* Left out: {name} sessions; {step['left_out']}."
    yield ""


def _reached(found: dict[str, Any]) -> Iterator[str]:
    yield "## Targets\n"
    yield "| what | measured | should be | |"
    yield "|---|---:|---:|---|"
    for target in targets(found):
        bound = f"at {'most' if target.most else 'least'} {target.limit:g}{target.unit}"
        verdict = "reached" if target.reached else "**not reached**"
        yield f"| {target.name} | {target.measured:,.4g}{target.unit} | {bound} | {verdict} |"
    yield ""
