"""All measurements as a file: as JSON, and as one page that needs no server and no network."""

from __future__ import annotations

from typing import Any

from flask import current_app

from ..live.lab import Lab

LINES = ("store", "statistics", "database")


def report(lab: Lab) -> dict[str, Any]:
    """The verdicts of all runs that are kept, the present one last, and the samples of the last two minutes."""
    _, samples = lab.sampler.since(0)
    present = {**lab.verdict(), "started_at": lab.runs.started_at, "ended_at": None}
    return {"exported_at": lab.now(), "runs": [*lab.runs.ended(), present], "samples": samples}


def curves(samples: list[dict[str, Any]], variants: list[str]) -> dict[str, list[list[float | None]]]:
    """The samples as uPlot takes them: for each variant the times, then a list for each line."""
    end = samples[-1]["at"] if samples else 0.0
    times = [round(sample["at"] - end, 2) for sample in samples]
    return {
        variant: [
            times,
            *([sample[variant][line] for sample in samples] for line in LINES),
            [sample[variant]["should_be"][0] for sample in samples],
            [sample[variant]["should_be"][1] for sample in samples],
        ]
        for variant in variants
    }


def static_text(path: str) -> str:
    """A file of `static/`, to be put into the page itself."""
    with current_app.open_resource(f"static/{path}", "r", encoding="utf-8") as file:
        return str(file.read())
