"""The JSON of the lab: its types, what the server answers, what docs/design.md shows, and what the page reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

from racelab.live import json_types as live
from racelab.promises import json_types as promises
from racelab.web import json_types as web
from tests.instrument.json_kinds import Comparison, parts_of
from tests.instrument.labs import World

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = (
    *(web.PollJson, live.StatusJson, live.VerdictJson, web.RunsJson, web.DeadLettersJson, web.ExportJson),
    *(web.RunExportJson, promises.LossJson, promises.CensusJson, promises.CleanupJson),
)
"""The types of the blocks in docs/design.md, in their order."""

IN_THE_PAGE = {
    "Part": promises.PartJson,
    "Line": promises.LineJson,
    "Card": promises.CardJson,
    "Result": promises.ResultJson,
    "Environment": live.EnvironmentJson,
    "Judged": live.VerdictJson,
    "Counts": live.SampledJson,
    "Load": live.LoadJson,
    "RunPart": live.RunLineJson,
    "Dials": live.DialsJson,
    "Burst": live.BurstJson,
    "Variant": live.VariantJson,
    "OwnCounts": live.OwnCountsJson,
    "Worker": live.WorkerJson,
    "Status": live.StatusJson,
    "Poll": web.PollJson,
    "DeadLetter": web.DeadLetterJson,
}
"""The typedefs of static/js/lab-types.js. The page need not read every key."""


def blocks() -> list[Any]:
    """The blocks of JSON in docs/design.md."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in it that are not elided."""
    if isinstance(value, dict) and value:
        yield value
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inside)


def test_the_design_shows_every_key_of_every_answer_and_no_other() -> None:
    """docs/design.md has the keys of the types, and shows each of them whole."""
    design = Comparison(document=True)
    for shown, kind in zip(blocks(), DOCUMENTED, strict=True):
        assert not list(design.wrong(shown, kind, kind.__name__))
    assert not {part.__name__ for kind in DOCUMENTED for part in parts_of(kind) if part not in design.whole}


def test_a_document_with_one_key_more_or_less_is_noticed() -> None:
    """Each key of each block that is renamed is found, at any depth."""
    for number, kind in enumerate(DOCUMENTED):
        by_name = {"variants", "cards", "calls", "managers", "losses"}
        for place, one in enumerate(objects(blocks()[number])):
            for key in one:
                changed = blocks()[number]
                broken = list(objects(changed))[place]
                broken["renamed"] = broken.pop(key)
                if not by_name & {key} and not is_by_name(one):
                    assert list(Comparison(document=True).wrong(changed, kind, "")), (kind.__name__, key)


def is_by_name(one: dict[str, Any]) -> bool:
    """Whether its keys are names of variants, bugs or methods, outcomes, or ids: none of a type."""
    return (
        bool({"buggy", "fixed", "lost_updates", "update", "acknowledged", "5f0c9a1", "77ab3c0"} & one.keys())
        and "unknown" not in one
    )


def test_every_answer_is_of_its_type(world: World) -> None:
    """What the server sends has the keys and kinds of its types."""
    session = world.login()
    world.save(session, "theme", "dark")
    world.logout(world.login_of_length(odd=True))
    world.lab.settle()
    world.lab.sampler.sample()
    world.lab.sampler.sample()
    for run in (1, 2):
        for path, kind in {
            "/lab/poll?since=0": web.PollJson,
            "/lab/status": live.StatusJson,
            "/lab/verdict": live.VerdictJson,
            "/lab/runs": web.RunsJson,
            "/lab/dead-letters/fixed": web.DeadLettersJson,
            "/lab/export.json": web.ExportJson,
            f"/lab/runs/{run}/export.json": web.RunExportJson,
            "/lab/census/fixed": promises.CensusJson,
            "/lab/cleanup/fixed": promises.CleanupJson,
        }.items():
            assert not list(Comparison().wrong(world.client.get(path).get_json(), kind, f"run {run}, {path}"))
        world.lab.reset()
    assert not list(Comparison().wrong(world.client.get("/lab/runs/1").get_json(), live.RunJson, "run 1"))


def test_the_page_reads_no_key_that_is_not_sent() -> None:
    """Each typedef of the page has keys of its type only."""
    text = (ROOT / "static" / "js" / "lab-types.js").read_text(encoding="utf-8")
    for name, kind in IN_THE_PAGE.items():
        short = re.findall(rf"@typedef {{{{(.*)}}}} {name}\b", text)
        long = re.findall(rf"@typedef {{object}} {name}\b.*\n((?: \* @property.*\n)+)", text)
        keys = [key for fields in short for key in re.findall(r"(\w+):", fields)]
        keys += [key for fields in long for key in re.findall(r"@property {.*?} (\w+)", fields)]
        assert keys, name
        extra = set(keys) - get_type_hints(kind).keys()
        assert not extra, (name, extra)
