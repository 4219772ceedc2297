"""All measurements, and what a file needs that has no server."""

from __future__ import annotations

from collections.abc import Iterable

from flask import current_app

from ..live.json_types import SampledJson
from ..live.lab import Lab
from ..live.sampler import Sample
from .json_types import ExportJson


def report(lab: Lab, samples: Iterable[Sample[SampledJson]]) -> ExportJson:
    """The verdicts of all runs that are kept, the present one last, and these samples."""
    return {
        "exported_at": lab.now(),
        "runs": [*lab.runs.ended(), lab.runs.whole(lab.verdict())],
        "samples": [sample.to_json() for sample in samples],
    }


def static_text(path: str) -> str:
    """A file of `static/`, to be put into the page itself."""
    with current_app.open_resource(f"static/{path}", "r", encoding="utf-8") as file:
        return str(file.read())
