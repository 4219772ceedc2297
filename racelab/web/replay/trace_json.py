"""A trace as the replay page gets it: every word and every mark is decided here, and the page draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import CodeType

from session_manager.state import Lazy

from ...explorer.search.outcomes import Outcome
from ...explorer.traces.explanation import paragraph, text
from ...explorer.traces.places import Place
from ...explorer.traces.shared import Session, Shared
from ...explorer.traces.trace import Operation, Standing, Step, Trace
from ..hints import headline
from ..sources import Source, source_of
from .json_types import (
    AfterwardsJson,
    EndingJson,
    Mark,
    OperationJson,
    PlaceJson,
    SessionJson,
    SharedJson,
    SourceJson,
    StepJson,
    TaskJson,
    TraceJson,
    ValueJson,
)
from .said import said
from .tiles import tiles

LABELS = {"database": "row", "call": "begin", "world": "event"}
Managers = Mapping[str, type]
"""The class of each variant, to show a method before a task is in it."""


def as_json(trace: Trace, managers: Managers) -> TraceJson:
    """A trace for the page, with the source of every function that a task is in, or was in last."""
    return {
        "scenario": trace.scenario.name,
        "variant": trace.variant,
        "schedule": trace.schedule,
        "diverged": trace.diverged,
        "before": _shared(trace.before),
        "steps": [_step(step) for step in trace.steps],
        "tasks": [_task(trace, standing, managers) for standing in trace.standing],
        "tiles": tiles(trace),
        "afterwards": _afterwards(trace),
        "ending": _ending(trace.ending) if trace.ending else None,
        "said": said(trace),
        "paragraph": paragraph(trace),
        "text": text(trace),
    }


def _task(trace: Trace, standing: Standing, managers: Managers) -> TaskJson:
    code = _code_shown(trace, standing, managers)
    source = _source(code) if code else None
    line = standing.place.line if standing.place else source["lines"][0]["number"] if source else 0
    return {
        "task": standing.task,
        "role": standing.role,
        "place": _place(standing.place),
        "values": list(_values(trace, standing)),
        "source": source,
        "at": 0 if standing.done else line,
        "where": _where(standing, source),
        "reason": _reason(standing),
        "next": standing.next,
        "waits": standing.waits,
        "ready": standing.ready,
        "done": standing.done,
        "operations": list(_operations(standing.operations)),
    }


def _reason(standing: Standing) -> str:
    if standing.done:
        return f"{standing.task} has ended."
    return f"Next: {standing.next}." if standing.ready else f"{standing.waits}."


def _where(standing: Standing, source: SourceJson | None) -> str:
    if source is None:
        return (
            f"No code of the manager: {'the thread has not begun' if standing.started else 'this happens around it'}."
        )
    callers = "".join(f", called in {_caller(one)}" for one in (standing.place.callers if standing.place else ()))
    return f"{source['file']}, {source['function']}{', which buggy.py does not have' if source['new'] else ''}{callers}"


def _caller(place: Place) -> str:
    return f"{place.function}, line {place.line}"


def _operations(operations: tuple[Operation, ...]) -> Iterator[OperationJson]:
    current = next((n for n, one in enumerate(operations) if one.state == "open"), None)
    for n, one in enumerate(operations):
        state = one.state if one.state != "open" else "current" if n == current else "later"
        yield {"call": one.call, "answer": one.answer, "state": state}


def _values(trace: Trace, standing: Standing) -> Iterator[ValueJson]:
    """Those of its function, and what its last step did to them; of a task that has ended, those it had last."""
    place = standing.place
    if place is None:
        last = _last_place(trace, standing) if standing.done else None
        for name, value in last.values if last else ():
            yield {"name": name, "value": value, "change": ""}
        return
    step = trace.steps[-1] if trace.steps else None
    began = step.place if step is not None and step.task == standing.task else None
    old = dict(began.values if began is not None and began.function == place.function else place.values)
    for name, value in place.values:
        change: Mark = "" if old.get(name) == value else "changed" if name in old else "new"
        yield {"name": name, "value": value, "change": change}


def _code_shown(trace: Trace, standing: Standing, managers: Managers) -> CodeType | None:
    """The function that a task is in; or is about to call; or was in last. None: it is not in a manager at all."""
    if standing.place is not None:
        return standing.place.code
    if not standing.done:
        following = next((one for one in standing.operations if one.state == "open"), None)
        return _code_of(managers.get(trace.variant), following.method) if following else None
    last = _last_place(trace, standing)
    return last.code if last is not None else None


def _last_place(trace: Trace, standing: Standing) -> Place | None:
    """Where a task that has ended stood last, in the method that was called and not in a helper of it."""
    own = [place for x in trace.steps if x.task == standing.task for place in (x.place, x.now) if place is not None]
    return (*own[-1:], *own[-1].callers)[-1] if own else None


def _code_of(manager: type | None, method: str) -> CodeType | None:
    function = Lazy.get if method == "get_lazy" else getattr(manager, method, None)
    return function.__code__ if function is not None else None


def _source(code: CodeType) -> SourceJson:
    source: Source = source_of(code)
    return {
        "file": source.file,
        "function": source.function,
        "new": source.new,
        "lines": [
            {"number": x.number, "indent": x.indent, "pieces": list(x.pieces), "mark": x.mark, "changed": x.changed}
            for x in source.lines
        ],
    }


def _place(place: Place | None) -> PlaceJson | None:
    if place is None:
        return None
    return {
        "file": place.file,
        "function": place.function,
        "line": place.line,
        "callers": [_caller(caller) for caller in place.callers],
        "values": dict(place.values),
    }


def _step(step: Step) -> StepJson:
    return {
        "task": step.task,
        "kind": step.kind,
        "label": _label(step),
        "did": step.did,
        "place": _place(step.place),
        "now": _place(step.now),
        "answered": [f"{one.call}: {one.answer}" for one in step.answered],
        "changes": [
            {"where": one.thing.where.value, "name": one.thing.name, "words": one.words()}
            for one in step.changes
            if not one.told
        ],
        "shared": _shared(step.shared),
    }


def _label(step: Step) -> str:
    """What it was, in a word: it has to fit a small button."""
    if step.kind == "sleep":
        return "reply" if step.access.call else "sleep"
    return LABELS.get(step.kind, step.kind)


def _shared(shared: Shared) -> SharedJson:
    return {
        "store": [_session(session) for session in shared.store],
        "database": [_session(session) for session in shared.database],
        "active": shared.active,
        "queue": list(shared.queue),
        "dead_letters": list(shared.dead_letters),
        "held": [{"lock": one.lock, "task": one.task, "how": one.how} for one in shared.held],
    }


def _session(session: Session) -> SessionJson:
    return {
        "id": session.session_id,
        "count": session.count,
        "keys": dict(session.keys),
        "authenticated": session.authenticated,
        "deleted": session.deleted,
    }


def _afterwards(trace: Trace) -> AfterwardsJson | None:
    if trace.afterwards is None:
        return None
    return {"happened": trace.scenario.afterwards, "shared": _shared(trace.afterwards)}


def _ending(ending: Outcome) -> EndingJson:
    return {
        "kind": ending.kind,
        "headline": headline(ending.names) if ending.names else "",
        "anomalies": [{"name": x.name, "term": x.term, "sentence": x.sentence} for x in ending.anomalies],
        "unsure": ending.unsure,
    }
