"""The pages and the instrument's JSON. What each route answers is written down in docs/design.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from session_manager import fixed
from session_manager.model import SessionError, SessionNotFound
from session_manager.web.problems import json_object, problem

from ..bugs import BUGS
from ..live.burst import Order
from ..live.lab import Lab, LabBusy
from ..live.runs import MOST_RUNS
from ..traffic import TRAFFIC
from .export import curves, report, static_text
from .viewers import FASTEST_MS, Viewers

View = str | Response | tuple[Response, int]

MOST_VISITORS = 64
MOST_LETTERS = 32
MOST_SECONDS = 60


class LabPages:
    """The routes of one lab.

    Args:
        lab: whom they ask and tell.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._viewers = Viewers()

    def blueprint(self) -> Blueprint:
        """The routes."""
        pages = Blueprint("lab", __name__)
        pages.register_error_handler(LabBusy, lambda error: problem(503, str(error)))
        pages.register_error_handler(ValueError, lambda error: problem(422, str(error)))
        pages.register_error_handler(SessionError, _failed)
        asks: dict[str, Callable[..., View]] = {
            "/": self.dashboard,
            "/lab/poll": self.poll,
            "/lab/status": self.status,
            "/lab/verdict": self.verdict,
            "/lab/runs": self.runs,
            "/lab/runs/<int:number>": self.run,
            "/lab/dead-letters/<variant>": self.dead_letters,
            "/lab/export.json": self.export_json,
            "/lab/export.html": self.export_html,
        }
        tells: dict[str, Callable[..., View]] = {
            "/lab/dials": self.turn,
            "/lab/burst": self.start_burst,
            "/lab/burst/stop": self.stop_burst,
            "/lab/settle": self.settle,
            "/lab/reset": self.reset,
            "/lab/dead-letters/<variant>/retry": self.retry,
            "/lab/dead-letters/<variant>/discard": self.discard,
        }
        for path, view in asks.items():
            pages.add_url_rule(path, view_func=view)
        for path, view in tells.items():
            pages.add_url_rule(path, view_func=view, methods=["POST"])
        return pages

    def dashboard(self) -> str:
        """The page."""
        return render_template(
            "dashboard.html",
            variants=list(self._lab.variants),
            environment=self._lab.environment(),
            poll_ms=FASTEST_MS,
            boot=self._lab.boot,
            run=self._lab.runs.run,
            bugs=BUGS,
        )

    def poll(self) -> Response:
        """Everything new since a cursor, and what the page shows beside it."""
        cursor = request.args.get("since", "0")
        if not cursor.isdecimal() or len(cursor) > 15:
            abort(422, "`since` is the last `next` you were given: a whole number.")
        viewer = request.args.get("viewer", "")
        if len(viewer) > MOST_LETTERS:
            abort(422, f"`viewer` is any word of {MOST_LETTERS} letters at most that tells this page from others.")
        following, samples = self._lab.sampler.since(int(cursor))
        status = self._lab.status()
        return jsonify(
            boot=status["boot"],
            pid=status["environment"]["pid"],
            run=status["run"],
            next=following,
            now=self._lab.now(),
            hz=self._lab.sampler.hz,
            again_ms=self._viewers.again_ms(viewer),
            samples=samples,
            status=status,
            verdict=self._lab.verdict(),
        )

    def status(self) -> Response:
        """Everything the page shows beside samples and verdict."""
        return jsonify(self._lab.status())

    def verdict(self) -> Response:
        """The verdict on the present run."""
        return jsonify(self._lab.verdict())

    def runs(self) -> Response:
        """The verdicts of ended runs."""
        return jsonify(runs=self._lab.runs.ended())

    def run(self, number: int) -> Response:
        """The verdict of one ended run."""
        found = next((run for run in self._lab.runs.ended() if run["run"] == number), None)
        if found is None:
            abort(404, f"There is no ended run {number}. The last {MOST_RUNS} are kept.")
        return jsonify(found)

    def turn(self) -> Response:
        """Turn dials."""
        return jsonify(self._lab.turn(json_object()))

    def start_burst(self) -> tuple[Response, int]:
        """Let visitors in."""
        if not self._lab.burst.start(_order(json_object(), tuple(self._lab.variants))):
            return problem(409, "A burst is under way. Stop it, or wait until it is done."), 409
        return jsonify(self._lab.burst.progress()), 202

    def stop_burst(self) -> tuple[Response, int]:
        """Ask the visitors to leave."""
        json_object()
        self._lab.burst.stop()
        return jsonify(self._lab.burst.progress()), 202

    def settle(self) -> tuple[Response, int]:
        """Put the dials to rest and let cleanup finish, in the background."""
        json_object()
        self._lab.settle_soon()
        return jsonify(settling=True), 202

    def reset(self) -> Response:
        """Begin a new run."""
        json_object()
        return jsonify(run=self._lab.reset())

    def dead_letters(self, variant: str) -> Response:
        """The dead letters of a variant."""
        letters = self._manager_with_letters(variant).dead_letters()
        told = [{"session_id": x.session_id, "attempts": x.attempts, "since": x.since.isoformat()} for x in letters]
        return jsonify(dead_letters=told)

    def retry(self, variant: str) -> Response:
        """Put dead letters back into the queue."""
        manager = self._manager_with_letters(variant)
        return jsonify(count=self._for_letters(manager, manager.retry_dead_letter))

    def discard(self, variant: str) -> Response:
        """Forget dead letters."""
        manager = self._manager_with_letters(variant)
        return jsonify(count=self._for_letters(manager, manager.discard_dead_letter))

    def export_json(self) -> Response:
        """Everything measured so far, as JSON."""
        answer = jsonify(report(self._lab))
        answer.headers["Content-Disposition"] = "attachment; filename=session-race-lab.json"
        return answer

    def export_html(self) -> Response:
        """Everything measured so far, as one page that needs no server."""
        told = report(self._lab)
        drawn = curves(told["samples"], list(self._lab.variants))
        page = render_template("export.html", report=told, curves=drawn, bugs=BUGS, static_text=static_text)
        answer = Response(page, mimetype="text/html")
        answer.headers["Content-Disposition"] = "attachment; filename=session-race-lab.html"
        return answer

    def _manager_with_letters(self, variant: str) -> fixed.SessionManager:
        manager = self._lab.sessions.subjects.get(variant)
        if manager is None:
            abort(404, f"There is no variant {variant!r}. There are: {', '.join(self._lab.variants)}.")
        if not isinstance(manager, fixed.SessionManager):
            abort(404, f"The {variant} manager has no dead letters: what it cannot clean up stays in its queue.")
        return manager

    @staticmethod
    def _for_letters(manager: fixed.SessionManager, action: Any) -> int:
        body = json_object()
        if unknown := set(body) - {"session_id"}:
            abort(422, f"Unknown field {min(unknown)!r}. There is `session_id`; leave it out to mean all dead letters.")
        wanted = [body["session_id"]] if "session_id" in body else [x.session_id for x in manager.dead_letters()]
        if not all(isinstance(session_id, str) for session_id in wanted):
            abort(422, "`session_id` is text; leave it out to mean all dead letters.")
        done = 0
        for session_id in wanted:
            try:
                action(session_id)
                done += 1
            except SessionError:
                if "session_id" in body:
                    raise
        return done


def _failed(error: SessionError) -> Response:
    return problem(404 if isinstance(error, SessionNotFound) else 503, str(error), error.definite)


def _order(body: dict[str, Any], variants: tuple[str, ...]) -> Order:
    """What kind of burst is asked for; each field is checked."""
    known = {"kind", "variants", "visitors", "seconds", "use_dials", "seed"}
    if unknown := set(body) - known:
        abort(422, f"Unknown field {min(unknown)!r}. Known are: {', '.join(sorted(known))}.")
    kind = body.get("kind", "mixed")
    if not isinstance(kind, str) or kind not in TRAFFIC:
        abort(422, f"`kind` is one of {', '.join(TRAFFIC)}; got {kind!r}.")
    wanted = body.get("variants", list(variants))
    if not isinstance(wanted, list) or not wanted or not all(v in variants for v in wanted):
        abort(422, f"`variants` is a list of {', '.join(variants)}; got {wanted!r}.")
    asked = _number(body, "visitors", 20, 1, MOST_VISITORS, int)
    visitors = TRAFFIC[kind].visitors or asked
    seconds = _number(body, "seconds", 5, 1, MOST_SECONDS, int | float)
    seed = _number(body, "seed", 1, 0, 2**31, int)
    use_dials = body.get("use_dials", False)
    if not isinstance(use_dials, bool):
        abort(422, "`use_dials` is true or false.")
    return Order(kind, tuple(dict.fromkeys(wanted)), int(visitors), float(seconds), use_dials, int(seed))


def _number(body: dict[str, Any], name: str, default: float, low: float, high: float, kind: Any) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        what = "a whole number" if kind is int else "a number"
        abort(422, f"`{name}` is {what} from {low} to {high}; got {value!r}.")
    return float(value)
