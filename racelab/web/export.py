"""All measurements as a file: as JSON, and as one page that needs no server and no network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from flask import current_app

from ..live.json_types import SampledJson
from ..live.lab import Lab
from ..live.sampler import Sample
from .json_types import ExportJson

LINES: Final[tuple[Literal["store", "statistics", "database"], ...]] = ("store", "statistics", "database")


def report(lab: Lab, samples: Iterable[Sample[SampledJson]]) -> ExportJson:
    """The verdicts of all runs that are kept, the present one last, and these samples."""
    return {
        "exported_at": lab.now(),
        "runs": [*lab.runs.ended(), lab.runs.whole(lab.verdict())],
        "samples": [sample.to_json() for sample in samples],
    }


def curves(samples: list[Sample[SampledJson]], variants: list[str]) -> dict[str, list[list[float]]]:
    """The samples as uPlot takes them: for each variant the times, then a list for each line."""
    end = samples[-1].at if samples else 0.0
    times = [round(sample.at - end, 2) for sample in samples]
    return {
        variant: [
            times,
            *([float(sample.read[variant][line]) for sample in samples] for line in LINES),
            [sample.read[variant]["should_be"][0] for sample in samples],
            [sample.read[variant]["should_be"][1] for sample in samples],
        ]
        for variant in variants
    }


def static_text(path: str) -> str:
    """A file of `static/`, to be put into the page itself."""
    with current_app.open_resource(f"static/{path}", "r", encoding="utf-8") as file:
        return str(file.read())
