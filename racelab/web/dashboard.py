"""The pages and the instrument's JSON. docs/design.md describes the answer of each route."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Response, abort, jsonify, render_template, request

from session_manager.model import KeepsDeadLetters, SessionError, SessionNotFound
from session_manager.web.problems import json_object, problem

from ..bugs import BUGS
from ..catalogue.variants import VARIANTS
from ..live.burst import Order
from ..live.census import CensusOver
from ..live.json_types import StatusJson
from ..live.kept.folder import MOST_RUNS
from ..live.lab import Lab, LabBusy
from ..live.lease import LeaseTaken
from ..live.no_wait import WHAT_IT_DOES, is_it_staged
from ..traffic import TRAFFIC
from .changed import changed, differing
from .json_types import DeadLettersJson, PollJson, SessionJson
from .losses.pages import LossPages
from .own_store import COLUMNS, routes
from .runs.pages import RunPages
from .serving.viewers import FASTEST_MS, Viewers
from .shown import Shown

View = str | Response | tuple[Response, int]

UNDER_WAY = ("running", "settling")
MOST_VISITORS = 64
MOST_CHARACTERS = 32
MOST_DIGITS = 15
MOST_SECONDS = 60


class LabPages:
    """The routes of one lab.

    Args:
        lab: whom they ask and tell.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._viewers = Viewers()
        self._trying = threading.Lock()

    def blueprint(self) -> Blueprint:
        """The routes."""
        pages = Blueprint("lab", __name__)
        pages.register_error_handler(LabBusy, lambda error: problem(503, str(error)))
        pages.register_error_handler(LeaseTaken, lambda error: problem(409, str(error)))
        pages.register_error_handler(CensusOver, lambda error: problem(404, str(error)))
        pages.register_error_handler(ValueError, lambda error: problem(422, str(error)))
        pages.register_error_handler(SessionError, self._failed)
        asks: dict[str, Callable[..., View]] = {
            "/": self.dashboard,
            "/lab/poll": self.poll,
            "/lab/status": self.status,
            "/lab/verdict": self.verdict,
            "/lab/dead-letters/<variant>": self.dead_letters,
            "/lab/sessions/<variant>/<session_id>": self.session,
            "/lab/census/<variant>": self.census,
            "/lab/cleanup/<variant>": self.cleanup,
        }
        tells: dict[str, Callable[..., View]] = {
            "/lab/dials": self.turn,
            "/lab/lease": self.lease,
            "/lab/burst": self.start_burst,
            "/lab/burst/stop": self.stop_burst,
            "/lab/no-wait": self.no_wait,
            "/lab/settle": self.settle,
            "/lab/reset": self.reset,
            "/lab/dead-letters/<variant>/retry": self.retry,
            "/lab/dead-letters/<variant>/discard": self.discard,
        }
        for path, view in asks.items():
            pages.add_url_rule(path, view_func=view)
        for path, view in tells.items():
            pages.add_url_rule(path, view_func=view, methods=["POST"])
        LossPages(self._lab).add_to(pages)
        RunPages(self._lab).add_to(pages)
        return pages

    def dashboard(self) -> str:
        """The page."""
        workers = self._lab.workers()
        return render_template(
            "dashboard.html",
            several=len(workers),
            begun=any(variant.ledger.totals().calls for variant in self._lab.variants.values()),
            split=any(worker["own"] for worker in workers),
            shown=Shown.of(self._lab.sessions.subjects),
            environment=self._lab.environment(),
            poll_ms=FASTEST_MS,
            boot=self._lab.boot,
            run=self._lab.runs.run,
            outlive=self._lab.runs.outlive,
            most_runs=MOST_RUNS,
            bugs=BUGS,
            routes=routes(),
            no_wait=WHAT_IT_DOES,
            own_columns=COLUMNS,
        )

    def poll(self) -> Response:
        """The samples since a cursor, with status and verdict; who sends marks gets only what has changed."""
        cursor = request.args.get("since", "0")
        if not cursor.isdecimal() or len(cursor) > MOST_DIGITS:
            abort(422, "`since` must be the last `next` of an answer: a whole number.")
        viewer = request.args.get("viewer", "")
        if len(viewer) > MOST_CHARACTERS:
            abort(422, f"`viewer` must be a word of at most {MOST_CHARACTERS} characters that identifies the page.")
        since, marks = int(cursor), request.args.get("marks")
        following, samples = self._lab.sampler.since(since if marks is None else max(0, since - 1))
        status, verdict = self._lab.status(), self._lab.verdict()
        of_run = [sample for sample in samples if sample.at >= status["started_at"]]
        parts, now_marks = changed({**status, "verdict": verdict}, marks or "")
        has_verdict = parts.pop("verdict", None) is None
        new = samples if marks is None else differing(of_run, since if since <= following else 0)
        resting = not new and status["outside"] is None and status["burst"]["state"] not in UNDER_WAY
        answer: PollJson = {
            "boot": status["boot"],
            "pid": status["environment"]["pid"],
            "run": status["run"],
            "next": following,
            "now": self._lab.now(),
            "hz": self._lab.sampler.hz,
            "again_ms": self._viewers.again_ms(viewer, resting),
            "samples": [sample.to_json() for sample in new],
            "still": samples[-1].at if samples else None,
            "status": cast("StatusJson", parts),
            "verdict": None if has_verdict else verdict,
            "marks": now_marks,
        }
        return jsonify(answer)

    def status(self) -> Response:
        """The state for the page, beside samples and verdict."""
        return jsonify(self._lab.status())

    def verdict(self) -> Response:
        """The verdict on the present run."""
        return jsonify(self._lab.verdict())

    def turn(self) -> Response:
        """Set dials."""
        return jsonify(self._lab.turn(json_object()))

    def lease(self) -> Response:
        """Borrow the dials for some seconds, or renew that."""
        body = json_object()
        if not {"seconds"} <= set(body) <= {"seconds", "users", "begins", "kind"}:
            abort(
                422,
                "A lease has the field `seconds`, how long the dials are borrowed (0 ends it); and `users`, "
                "`begins`, `kind`.",
            )
        stop = self._lab.lease(body["seconds"], body.get("users", 0), body.get("begins", False), body.get("kind", ""))
        return jsonify(seconds=body["seconds"], stop=stop)

    def start_burst(self) -> tuple[Response, int]:
        """Start a burst."""
        if self._lab.status()["outside"]:
            return problem(409, "A load from outside is running. Stop it, or wait for its end."), 409
        if not self._lab.burst.start(_order(json_object(), tuple(self._lab.variants)), self._lab.runs.run):
            return problem(409, "A load is running. Stop it, or wait for its end."), 409
        return jsonify(self._lab.burst.progress()), 202

    def stop_burst(self) -> tuple[Response, int]:
        """Stop the burst, and ask a load from outside to stop."""
        json_object()
        self._lab.stop_load()
        return jsonify(self._lab.burst.progress()), 202

    def no_wait(self) -> Response:
        """Save to a buggy manager of its own without any added delay until a change vanishes, and to a fixed one."""
        json_object()
        if not self._trying.acquire(blocking=False):
            return problem(409, "This is running already. It takes a few seconds at most.")
        try:
            return jsonify(is_it_staged(VARIANTS["buggy"], VARIANTS["fixed"]))
        finally:
            self._trying.release()

    def settle(self) -> tuple[Response, int]:
        """Set added delay and faults to 0 and run cleanup to its end, in the background."""
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
        answer: DeadLettersJson = {
            "dead_letters": [
                {"session_id": x.session_id, "attempts": x.attempts, "since": x.since.isoformat()} for x in letters
            ]
        }
        return jsonify(answer)

    def retry(self, variant: str) -> Response:
        """Queue dead letters again."""
        manager = self._manager_with_letters(variant)
        return jsonify(count=self._for_letters(manager, manager.retry_dead_letter))

    def discard(self, variant: str) -> Response:
        """Discard dead letters."""
        manager = self._manager_with_letters(variant)
        return jsonify(count=self._for_letters(manager, manager.discard_dead_letter))

    def session(self, variant: str, session_id: str) -> Response:
        """A session as its manager has it. Unlike a read of a user it counts no access and is no part of a verdict."""
        self._check(variant)
        data = self._lab.sessions.subjects[variant].peek(session_id)
        if data is None:
            raise SessionNotFound(session_id)
        answer: SessionJson = {"access_count": data.access_count, "metadata": data.metadata}
        return jsonify(answer)

    def census(self, variant: str) -> Response:
        """What a manager stores: a new census, or a further page of the last one."""
        self._check(variant)
        word, page = request.args.get("census"), request.args.get("page", "0")
        if word is None:
            return jsonify(self._lab.censuses.take(variant))
        if not page.isdecimal() or len(page) > MOST_DIGITS:
            abort(422, "`page` must be the `next` of the page before: a whole number.")
        return jsonify(self._lab.censuses.page(variant, word, int(page)))

    def cleanup(self, variant: str) -> Response:
        """What cleanup did with the rows of a manager in this lab."""
        self._check(variant)
        return jsonify(self._lab.censuses.cleanup(variant, request.args.get("after", "")))

    def _check(self, variant: str) -> None:
        if variant not in self._lab.sessions.subjects:
            abort(404, f"There is no variant {variant!r}. There are: {', '.join(self._lab.variants)}.")

    def _manager_with_letters(self, variant: str) -> KeepsDeadLetters:
        self._check(variant)
        manager = self._lab.sessions.subjects[variant]
        if not isinstance(manager, KeepsDeadLetters):
            abort(404, f"The {variant} manager has no dead letters: an id that it cannot clean up stays in its queue.")
        return manager

    def _failed(self, error: SessionError) -> Response:
        if isinstance(error, SessionNotFound):
            return problem(404, str(error), error.definite)
        return problem(503, f"{self._lab.sampler.outage.sentence()} {error}".strip(), error.definite)

    @staticmethod
    def _for_letters(manager: KeepsDeadLetters, action: Any) -> int:
        body = json_object()
        if unknown := set(body) - {"session_id"}:
            abort(422, f"Unknown field {min(unknown)!r}. Known is `session_id`; omit it for all dead letters.")
        wanted = [body["session_id"]] if "session_id" in body else [x.session_id for x in manager.dead_letters()]
        if not all(isinstance(session_id, str) for session_id in wanted):
            abort(422, "`session_id` must be text; omit it for all dead letters.")
        done = 0
        for session_id in wanted:
            try:
                action(session_id)
                done += 1
            except SessionError:
                if "session_id" in body:
                    raise
        return done


def _order(body: dict[str, Any], variants: tuple[str, ...]) -> Order:
    """The burst that the body describes; each field is checked."""
    known = {"kind", "variants", "visitors", "seconds", "use_dials", "seed"}
    if unknown := set(body) - known:
        abort(422, f"Unknown field {min(unknown)!r}. Known are: {', '.join(sorted(known))}.")
    kind = body.get("kind", "lost_updates")
    if not isinstance(kind, str) or kind not in TRAFFIC:
        abort(422, f"`kind` must be one of {', '.join(TRAFFIC)}; got {kind!r}.")
    wanted = body.get("variants", list(variants))
    if not isinstance(wanted, list) or not wanted or not all(v in variants for v in wanted):
        abort(422, f"`variants` must be a list of {', '.join(variants)}; got {wanted!r}.")
    asked = _number(body, "visitors", 20, 1, MOST_VISITORS, int)
    visitors = TRAFFIC[kind].visitors or asked
    seconds = _number(body, "seconds", 5, 1, MOST_SECONDS, int | float)
    seed = _number(body, "seed", 1, 0, 2**31, int)
    use_dials = body.get("use_dials", False)
    if not isinstance(use_dials, bool):
        abort(422, "`use_dials` must be true or false.")
    return Order(kind, tuple(dict.fromkeys(wanted)), int(visitors), float(seconds), use_dials, int(seed))


def _number(body: dict[str, Any], name: str, default: float, low: float, high: float, kind: Any) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        what = "a whole number" if kind is int else "a number"
        abort(422, f"`{name}` must be {what} from {low} to {high}; got {value!r}.")
    return float(value)
