"""The page of one's own code: paste or name a class, watch it being graded, step through what was found.

It runs code, so it exists only where nobody but this computer's user can reach it: see `own_computer`.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, jsonify, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from session_manager.web.problems import json_object, problem

from ...grading.classes.program import MODELS
from ...grading.classes.running import apart
from ..serving.own_computer import why_not, why_not_now
from .grades import Busy, Grades

MOST_CHARACTERS: Final = 100_000
"""Of a pasted source."""
MOST: Final = f"A pasted source may have at most {MOST_CHARACTERS:,} characters."
MOST_BYTES: Final = 8 * MOST_CHARACTERS
"""Of a request with one, whose characters may be escaped."""
LONGEST_NAME: Final = 400
MOST_TEXTS, LONGEST_TEXT = 40, 2000
"""Of calls and expressions in one field, and characters in each."""
LEAST_SECONDS, MOST_SECONDS = 1, 300
GIVEN: Final = ("new", "first", "tasks", "calls", "then", "holds", "ignore", "spec")
FIELDS: Final = {"source", "target", "name", "model", "seconds", *GIVEN}
BUSY: Final = "{} is being graded here since {:.0f} s, and one runs at a time. Stop it, or wait for its end."
OFF: Final = (
    "This page runs Python code that is pasted into it, so it exists only in a lab that nobody but the user of this "
    "computer can reach. In a terminal the same is {command} grade."
)


def add_your_code(app: Flask, command: str) -> None:
    """The page with its routes, and whether the pages link to it.

    Args:
        app: the app.
        command: what a person types before `grade`.
    """
    pages = YourCode(app, command)
    app.register_blueprint(pages.blueprint())
    app.context_processor(lambda: {"grades_here": not pages.why_off()})
    app.extensions["racelab_grades"] = pages.grades


class YourCode:
    """The routes of one app."""

    def __init__(self, app: Flask, command: str) -> None:
        self._config, self._command = app.config, command
        self.grades = Grades()

    def blueprint(self) -> Blueprint:
        """The routes."""
        pages = Blueprint("your_code", __name__)
        pages.before_request(self._refuse)
        pages.add_url_rule("/grade", view_func=self.page)
        pages.add_url_rule("/lab/grade", view_func=self.state)
        pages.add_url_rule("/lab/grade", view_func=self.start, methods=["POST"])
        pages.add_url_rule("/lab/grade/stop", view_func=self.stop, methods=["POST"])
        pages.add_url_rule("/lab/grade/forget", view_func=self.forget, methods=["POST"])
        return pages

    def why_off(self) -> str:
        """Why there is no such page for this request; empty if there is one."""
        return why_not(self._config) or why_not_now(request)

    def _refuse(self) -> None:
        if why := self.why_off():
            abort(404, f"{why} {OFF.format(command=self._command)}")

    def page(self) -> str:
        """The page."""
        return render_template(
            "your_code.html",
            folder=Path.cwd(),
            most=MOST_CHARACTERS,
            seconds=(LEAST_SECONDS, MOST_SECONDS),
        )

    def state(self) -> Response:
        """The grading that runs, or the last one."""
        return jsonify(self.grades.told())

    def start(self) -> tuple[Response, int]:
        """Begin a grading."""
        request.max_content_length = MOST_BYTES
        try:
            body = json_object()
        except RequestEntityTooLarge:
            abort(413, f"{MOST} This request has more than {MOST_BYTES:,} bytes.")
        order = _order(body)
        try:
            return jsonify(self.grades.start(order)), 202
        except Busy as busy:
            target, spent = busy.args[0]["target"], busy.args[0]["spent"]
            return problem(409, BUSY.format(target, spent)), 409

    def stop(self) -> tuple[Response, int]:
        """End the grading that runs."""
        json_object()
        self.grades.stop()
        return jsonify(self.grades.told()), 202

    def forget(self) -> Response:
        """Keep nothing of the last grading: neither its source nor what was found."""
        json_object()
        self.grades.forget()
        return jsonify(self.grades.told())


def _order(body: dict[str, Any]) -> apart.OrderJson:
    """What the body asks for; each field is checked."""
    if unknown := set(body) - FIELDS:
        abort(422, f"Unknown field {min(unknown)!r}. Known are: {', '.join(sorted(FIELDS))}.")
    source, target, name = (_text(body, key) for key in ("source", "target", "name"))
    if bool(source.strip()) == bool(target.strip()):
        abort(422, "Paste the source of a class, or name one: `source` or `target`, and not both.")
    if len(source) > MOST_CHARACTERS:
        abort(422, f"{MOST} This one has {len(source):,}.")
    if len(target) > LONGEST_NAME or len(name) > LONGEST_NAME:
        abort(422, f"A name may have at most {LONGEST_NAME} characters.")
    model = body.get("model", MODELS[0])
    if model not in MODELS:
        abort(422, f"`model` must be one of {', '.join(MODELS)}; got {model!r}.")
    seconds = body.get("seconds", 30)
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not LEAST_SECONDS <= seconds <= MOST_SECONDS
    ):
        abort(422, f"`seconds` must be a number from {LEAST_SECONDS} to {MOST_SECONDS}; got {seconds!r}.")
    if source.strip():
        name = name.strip() or _main_class(source)
        target = f"{apart.PASTED}:{name}" if name else apart.PASTED
    else:
        source = ""
    return {
        "source": source,
        "target": target.strip(),
        "folder": str(Path.cwd()),
        "model": model,
        "seconds": float(seconds),
        "given": _given(body),
    }


def _given(body: dict[str, Any]) -> apart.GivenJson:
    """How it is made, called and judged, as far as the body says."""
    if _texts(body, "tasks") and _texts(body, "calls"):
        abort(422, "`tasks` are one program, and `calls` make many. Give one of them.")
    new, spec = (_text(body, key).strip() for key in ("new", "spec"))
    if max(len(new), len(spec)) > LONGEST_TEXT:
        abort(422, f"An expression may have at most {LONGEST_TEXT:,} characters.")
    return {
        "new": new,
        "first": _texts(body, "first"),
        "tasks": _texts(body, "tasks"),
        "calls": _texts(body, "calls"),
        "then": None if body.get("then") is None else _texts(body, "then"),
        "holds": _texts(body, "holds"),
        "ignore": _texts(body, "ignore"),
        "spec": spec,
    }


def _texts(body: dict[str, Any], key: str) -> list[str]:
    """A list of calls or expressions, without empty ones."""
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        abort(422, f"`{key}` must be a list of texts; got {value!r}.")
    texts = [each.strip() for each in value if each.strip()]
    if len(texts) > MOST_TEXTS or any(len(each) > LONGEST_TEXT for each in texts):
        abort(422, f"`{key}` may have at most {MOST_TEXTS} texts, each of at most {LONGEST_TEXT:,} characters.")
    for each in texts:
        _refuse_what_is_no_text(key, each)
    return texts


def _refuse_what_is_no_text(key: str, text: str) -> None:
    """A file could not keep it, or Python not read it."""
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        abort(422, f"`{key}` has a NUL character in line {line}, which Python does not read. Delete it.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text[: error.start].count("\n") + 1
        abort(422, f"`{key}` has half a character ({text[error.start]!a}) in line {line}. Paste it anew.")


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key, "")
    if not isinstance(value, str):
        abort(422, f"`{key}` must be text; got {value!r}.")
    _refuse_what_is_no_text(key, value)
    return value


def _main_class(source: str) -> str:
    """The only class of a source that does not begin with `_`; empty if there are several, or none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    return names[0] if len(names) == 1 else ""
