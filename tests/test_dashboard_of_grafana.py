"""The dashboard for Grafana names what a real lab measures, and shows all of it."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from racelab.home import ROOT
from racelab.server import Server

FILE = ROOT / "docs" / "grafana-dashboard.json"
NAME = re.compile(r"\bracelab_\w+")
NOT_SHOWN = {
    "racelab_http_request_duration_seconds_sum": "quantiles say more than the mean that it is for",
}


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all samples of a lab under gunicorn, after a short load."""
    with Server(tmp_path_factory.mktemp("lab")) as lab:
        lab.fetch("/lab/burst", {"kind": "mixed", "visitors": 2, "seconds": 1})
        text = urllib.request.urlopen(f"{lab.url}/metrics", timeout=10).read().decode()
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def expressions(value: Any) -> Iterator[str]:
    """Every expression and query in the dashboard."""
    for key, inside in value.items() if isinstance(value, dict) else enumerate(value):
        if key in ("expr", "definition", "query") and isinstance(inside, str):
            yield inside
        elif isinstance(inside, dict | list):
            yield from expressions(inside)


def named(dashboard: Any) -> set[str]:
    """The metrics in its expressions."""
    return {name for each in expressions(dashboard) for name in NAME.findall(each)}


def wrong(dashboard: Any, scraped: set[str]) -> set[str]:
    """Names that are only in the dashboard, or only in the scrape without a reason."""
    return named(dashboard) ^ (scraped - NOT_SHOWN.keys())


def test_the_dashboard_shows_every_metric_and_no_other(scraped: set[str]) -> None:
    """The names in the expressions are those of a scrape, both ways."""
    assert wrong(json.loads(FILE.read_text(encoding="utf-8")), scraped) == set()
    assert scraped >= NOT_SHOWN.keys()


def test_a_wrong_name_is_noticed(scraped: set[str]) -> None:
    """A name that the lab does not have is found, and one that is left out."""
    text = FILE.read_text(encoding="utf-8")
    slipped = json.loads(text.replace("racelab_dead_letters", "racelab_dead_letter"))
    assert wrong(slipped, scraped) == {"racelab_dead_letter", "racelab_dead_letters"}


def test_the_data_source_is_a_variable() -> None:
    """Every panel asks the data source that is chosen at the import."""
    dashboard = json.loads(FILE.read_text(encoding="utf-8"))
    assert dashboard["templating"]["list"][0]["type"] == "datasource"
    sources = [each["datasource"]["uid"] for panel in dashboard["panels"] for each in (panel, *panel["targets"])]
    assert set(sources) == {"${datasource}"}
