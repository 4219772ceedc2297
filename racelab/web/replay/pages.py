"""The replay page: its JSON is one trace, run again for each request. No state is kept between two requests."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, Response, abort, jsonify, render_template, request

from session_manager import buggy, fixed
from session_manager.fixes import CATALOGUE
from session_manager.web.problems import problem

from ...catalogue import matrix
from ...catalogue.variants import VARIANTS, subject_of
from ...explorer.kernel.schedule import BadSchedule, parse, write
from ...explorer.kernel.tasks import NAMES
from ...explorer.programs.scenario import Scenario
from ...explorer.programs.scenarios import SCENARIOS
from ...explorer.search.execution import MOST_STEPS
from ...explorer.search.findings import NONE
from ...explorer.traces.recording import replay
from ..fixes import TITLES, cell_of, matrix_page, to_judge, verdict_on, way_for
from ..hints import OF_ITS_OWN, Way, hints_for
from ..stores import stores_page
from .tiles import TILES
from .trace_json import as_json

MOST_CHARACTERS = 400
LOSS = re.compile(r"[a-z-]{1,40}/\w[\w-]{0,80}", re.ASCII)
MANAGERS: dict[str, type] = {
    "buggy": buggy.SessionManager,
    "fixed": fixed.SessionManager,
    **{name: fix.manager for name, fix in CATALOGUE.items()},
}


def blueprint() -> Blueprint:
    """The routes."""
    pages = Blueprint("replay", __name__)
    pages.register_error_handler(BadSchedule, lambda error: problem(422, str(error)))
    pages.add_url_rule("/replay", view_func=replay_page)
    pages.add_url_rule("/lab/replay", view_func=replay_json)
    pages.add_url_rule("/fixes", view_func=matrix_page)
    pages.add_url_rule("/stores", view_func=stores_page)
    return pages


def replay_page() -> str:
    """The page on which the reader chooses the task of each step."""
    scenario, variant = _asked({"scenario": "lost-increment", "variant": "buggy", **request.args})
    names = ["buggy", *(fix.name for fix in CATALOGUE.values() if fix.bug == scenario.bug), "fixed"]
    cell = cell_of(variant, scenario.name)
    way = way_for(scenario.name)
    if cell and cell["witness"] and variant != "buggy":
        way = Way(OF_ITS_OWN, cell["witness"], variant)
    turns, wrong = [], ""
    try:
        turns = _turns(request.args.get("schedule", ""))
    except BadSchedule as reason:
        wrong = str(reason)
    holds = cell["schedules"] if cell and cell["verdict"] == NONE and variant != "buggy" else 0
    return render_template(
        "replay.html",
        scenario=scenario,
        variant=variant,
        schedule=write(turns),
        at=request.args.get("at", len(turns), int),
        wrong=wrong,
        variants=names if variant in names else [*names, variant],
        fixes=CATALOGUE,
        verdict=verdict_on(variant),
        groups=[(title, matrix.of_bug(bug)) for bug, title in TITLES.items()],
        tasks=list(zip(NAMES, scenario.roles, scenario.tasks, strict=False)),
        hints=hints_for(scenario.bug, way, holds),
        way=way,
        tiles=TILES,
        known=to_judge(),
        loss=_loss(),
        linked="link" if turns and request.args.get("answer") != "hidden" else "",
        cell=cell,
    )


def replay_json() -> Response:
    """One trace: `schedule` names the task of each step; with `end=1` all tasks then run to their end."""
    scenario, variant = _asked(request.args)
    turns = _turns(request.args.get("schedule", ""))
    trace = replay(scenario, subject_of(variant), turns, to_the_end=request.args.get("end") == "1")
    return jsonify(as_json(trace, MANAGERS))


def _asked(wanted: Mapping[str, str]) -> tuple[Scenario, str]:
    """The scenario and the variant that a request names."""
    scenario, variant = wanted.get("scenario", ""), wanted.get("variant", "")
    if scenario not in SCENARIOS:
        abort(404, f"There is no scenario {scenario!r}. There are: {', '.join(SCENARIOS)}.")
    if variant not in VARIANTS:
        abort(404, f"There is no variant {variant!r}. There are: {', '.join(VARIANTS)}.")
    return SCENARIOS[scenario], variant


def _loss() -> str:
    """The loss from whose page the reader comes, as `manager/id`; empty if from elsewhere."""
    given = request.args.get("loss", "")
    return given if LOSS.fullmatch(given) else ""


def _turns(schedule: str) -> list[str]:
    """The task of each step.

    Raises:
        BadSchedule: it cannot be parsed, or is too long for a page.
    """
    if len(schedule) > MOST_CHARACTERS:
        raise BadSchedule(
            f"A schedule may have at most {MOST_CHARACTERS} characters here; this one has {len(schedule)}."
        )
    turns = parse(schedule)
    if len(turns) > MOST_STEPS:
        raise BadSchedule(f"A schedule may have at most {MOST_STEPS} steps here; this one has {len(turns)}.")
    return turns
