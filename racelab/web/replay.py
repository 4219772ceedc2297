"""The replay page: its JSON is one trace, run again for each request. No state is kept between two requests."""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from session_manager import buggy, fixed
from session_manager.fixes import CATALOGUE
from session_manager.state import Lazy
from session_manager.web.problems import problem

from ..catalogue import matrix
from ..catalogue.variants import VARIANTS, subject_of
from ..explorer.kernel.schedule import BadSchedule, parse, write
from ..explorer.kernel.tasks import NAMES
from ..explorer.programs.scenario import Scenario
from ..explorer.programs.scenarios import SCENARIOS
from ..explorer.search.execution import MOST_STEPS
from ..explorer.search.findings import NONE
from ..explorer.search.outcomes import Outcome
from ..explorer.traces.explanation import paragraph, text
from ..explorer.traces.trace import Place, Session, Shared, Standing, Step, Trace, replay
from .fixes import TITLES, cell_of, matrix_page, verdict_on, way_for
from .hints import OF_ITS_OWN, Way, headline, hints_for
from .sources import Source, source_of

MOST_CHARACTERS = 400
MANAGERS: dict[str, type] = {
    "buggy": buggy.SessionManager,
    "fixed": fixed.SessionManager,
    **{name: fix.manager for name, fix in CATALOGUE.items()},
}
Json = dict[str, Any]


def blueprint() -> Blueprint:
    """The routes."""
    pages = Blueprint("replay", __name__)
    pages.register_error_handler(BadSchedule, lambda error: problem(422, str(error)))
    pages.add_url_rule("/replay", view_func=replay_page)
    pages.add_url_rule("/lab/replay", view_func=replay_json)
    pages.add_url_rule("/fixes", view_func=matrix_page)
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
        cell=cell,
    )


def replay_json() -> Response:
    """One trace: `schedule` names the task of each step; with `end=1` all tasks then run to their end."""
    scenario, variant = _asked(request.args)
    turns = _turns(request.args.get("schedule", ""))
    return jsonify(as_json(replay(scenario, subject_of(variant), turns, to_the_end=request.args.get("end") == "1")))


def _asked(wanted: Mapping[str, str]) -> tuple[Scenario, str]:
    """The scenario and the variant that a request names."""
    scenario, variant = wanted.get("scenario", ""), wanted.get("variant", "")
    if scenario not in SCENARIOS:
        abort(404, f"There is no scenario {scenario!r}. There are: {', '.join(SCENARIOS)}.")
    if variant not in VARIANTS:
        abort(404, f"There is no variant {variant!r}. There are: {', '.join(VARIANTS)}.")
    return SCENARIOS[scenario], variant


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


def as_json(trace: Trace) -> Json:
    """A trace for the page, with the source of every function that a task is in, or was in last."""
    return {
        "scenario": trace.scenario.name,
        "variant": trace.variant,
        "schedule": trace.schedule,
        "diverged": trace.diverged,
        "before": _shared(trace.before),
        "steps": [_step(step) for step in trace.steps],
        "tasks": [_task(trace, standing) for standing in trace.standing],
        "afterwards": _afterwards(trace),
        "ending": _ending(trace.ending) if trace.ending else None,
        "paragraph": paragraph(trace),
        "text": text(trace),
    }


def _task(trace: Trace, standing: Standing) -> Json:
    code = _code_shown(trace, standing)
    return {
        "task": standing.task,
        "place": _place(standing.place),
        "last_values": dict(last.values) if standing.done and (last := _last_place(trace, standing)) else {},
        "source": _source(code) if code else None,
        "next": standing.next,
        "waits": standing.waits,
        "ready": standing.ready,
        "done": standing.done,
        "operations": [{"call": call, "answer": answer} for call, answer in standing.operations],
    }


def _code_shown(trace: Trace, standing: Standing) -> CodeType | None:
    """The function that a task is in; or is about to call; or was in last. None: it is not in a manager at all."""
    if standing.place is not None:
        return standing.place.code
    if not standing.done:
        answered = sum(answer != "" for _, answer in standing.operations)
        return _code_of(trace, trace.scenario.tasks[NAMES.index(standing.task)][answered].method)
    last = _last_place(trace, standing)
    return last.code if last is not None else None


def _last_place(trace: Trace, standing: Standing) -> Place | None:
    """Where a task that has ended stood last, in the method that was called and not in a helper of it."""
    own = [place for x in trace.steps if x.task == standing.task for place in (x.place, x.now) if place is not None]
    return (*own[-1:], *own[-1].callers)[-1] if own else None


def _code_of(trace: Trace, method: str) -> CodeType | None:
    function = Lazy.get if method == "get_lazy" else getattr(MANAGERS[trace.variant], method, None)
    return function.__code__ if function is not None else None


def _source(code: CodeType) -> Json:
    source: Source = source_of(code)
    lines = [
        {"number": x.number, "indent": x.indent, "pieces": x.pieces, "mark": x.mark, "changed": x.changed}
        for x in source.lines
    ]
    return {"file": source.file, "function": source.function, "new": source.new, "lines": lines}


def _place(place: Place | None) -> Json | None:
    if place is None:
        return None
    return {
        "file": place.file,
        "function": place.function,
        "line": place.line,
        "callers": [f"{caller.function}, line {caller.line}" for caller in place.callers],
        "values": dict(place.values),
    }


def _step(step: Step) -> Json:
    return {
        "task": step.task,
        "kind": step.kind,
        "did": step.did,
        "place": _place(step.place),
        "now": _place(step.now),
        "answered": step.answered,
        "shared": _shared(step.shared),
    }


def _shared(shared: Shared) -> Json:
    return {
        "store": [_session(session) for session in shared.store],
        "database": [_session(session) for session in shared.database],
        "active": shared.active,
        "queue": shared.queue,
        "dead_letters": shared.dead_letters,
        "held": [{"lock": lock, "task": task, "how": how} for lock, task, how in shared.held],
    }


def _afterwards(trace: Trace) -> Json | None:
    if trace.afterwards is None:
        return None
    return {"happened": trace.scenario.afterwards, "shared": _shared(trace.afterwards)}


def _session(session: Session) -> Json:
    return {
        "id": session.session_id,
        "count": session.count,
        "keys": dict(session.keys),
        "authenticated": session.authenticated,
        "deleted": session.deleted,
    }


def _ending(ending: Outcome) -> Json:
    return {
        "kind": ending.kind,
        "headline": headline(ending.names) if ending.names else "",
        "anomalies": [{"name": x.name, "term": x.term, "sentence": x.sentence} for x in ending.anomalies],
        "unsure": ending.unsure,
    }
