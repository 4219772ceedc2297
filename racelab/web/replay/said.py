"""What the replay page says of a trace: where it stands, which task may go on, and at the end what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from ...explorer.search.outcomes import DEADLOCK, Outcome
from ...explorer.traces.explanation import paragraph
from ...explorer.traces.trace import Trace
from ..hints import headline
from .announced import announced
from .json_types import SaidJson


def said(trace: Trace) -> SaidJson:
    """See the module."""
    told = _at_the_end(trace, trace.ending) if trace.ending is not None else _under_way(trace)
    if trace.afterwards is not None:
        told["afterwards"] = f"After the last step {trace.scenario.afterwards}. This is the state after that."
    if trace.diverged:
        told["diverged"] = f"This schedule cannot be followed to its end here. {trace.diverged}"
    told["stands"] = _stands(trace)
    told["announced"] = announced(trace, told)
    return told


def _at_the_end(trace: Trace, ending: Outcome) -> SaidJson:
    terms = list(dict.fromkeys(_term(one.name, one.term) for one in ending.anomalies))
    if ending.unsure and not ending.anomalies:
        return _saying("Cannot tell.", ending.unsure, terms)
    lossy = trace.scenario.bug in ("lost_update", "stale_overwrite")  # only there a change can be lost
    told = _saying("Nothing was lost this time." if lossy else "No anomaly this time.", paragraph(trace), terms)
    told["tone"] = "good"
    if ending.anomalies:
        told["tone"], told["headline"] = "bad", headline(ending.names)
        told["words"] = ending.anomalies[0].sentence if ending.kind == DEADLOCK else told["words"]
    return told


def _under_way(trace: Trace) -> SaidJson:
    if not trace.steps:
        names = _either([f"Step {standing.task}" for standing in trace.standing])
        return _saying("No step taken yet.", f"Press {names}. That task takes one step, and no other task moves.")
    step = trace.steps[-1]
    waits = [f"{standing.waits}." for standing in trace.standing if standing.waits]
    answered = "; ".join(f"{one.call}: {one.answer}" for one in step.answered)
    words = [_who_next(trace), *waits, f"Answered: {answered}." if answered else ""]
    return _saying(f"Step {len(trace.steps)}, {step.task}: {step.did}.", " ".join(filter(None, words)))


def _who_next(trace: Trace) -> str:
    ready = [standing.task for standing in trace.standing if standing.ready]
    return f"{_either(ready)} can go on. Which?" if len(ready) > 1 else f"Only {_either(ready)} can go on."


def _stands(trace: Trace) -> str:
    if trace.standing and all(standing.done for standing in trace.standing):
        return "All tasks have ended."
    if not any(standing.ready for standing in trace.standing):
        return "No task can go on."
    return "" if trace.steps else "No step taken yet."


def _term(name: str, term: str) -> str:
    """As everywhere else, and what the field calls it if that is something else."""
    plain = name.replace("-", " ")
    return f"{plain} ({term})" if term not in ("", plain) else plain


def _either(names: Sequence[str]) -> str:
    """'A', 'A or B', 'A, B or C'."""
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _saying(head: str, words: str, terms: Sequence[str] = ()) -> SaidJson:
    return {
        "tone": "none",
        "headline": head,
        "words": words,
        "terms": list(terms),
        "afterwards": "",
        "diverged": "",
        "stands": "",
        "announced": "",
    }
