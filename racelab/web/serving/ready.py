"""`GET /ready`: whether the lab can serve. Answered before the life of the managers is looked at: it begins none."""

from __future__ import annotations

from flask import Flask, Response, json, jsonify, request

from session_manager.model import KeepsDeadLetters
from session_manager.web.problems import problem

from ...live.lab import Lab
from ...live.readiness import Readiness

PATH = "/ready"


def before_life(app: Flask, lab: Lab) -> None:
    """Answer `/ready` in an app that has its guard, and not yet its session managers.

    Args:
        app: whose requests are looked at.
        lab: will be attached to it.
    """
    known: list[Readiness] = []

    def ready() -> Response:
        if not known:
            bounded = {n for n, each in lab.sessions.subjects.items() if isinstance(each, KeepsDeadLetters)}
            known.append(Readiness(lab, frozenset(lab.variants.keys() - bounded)))
        return _answer(known[0])

    def look() -> Response | None:
        return ready() if request.endpoint == "ready" and request.method != "OPTIONS" else None

    app.add_url_rule(PATH, view_func=ready)
    app.before_request(look)


def _answer(readiness: Readiness) -> Response:
    reasons = readiness.reasons()
    if not reasons:
        return jsonify(status="ready")
    answer = problem(503, " ".join(each["detail"] for each in reasons))
    answer.set_data(json.dumps({**json.loads(answer.get_data()), "reasons": reasons}))
    return answer
