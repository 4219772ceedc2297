"""The board of a class: the steps of the lesson, its guesses, and what the class has measured, in one picture."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, jsonify, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from session_manager.web.problems import json_object, problem

from ...lesson import MINUTES, STEPS, timed
from ...live.lab import Lab
from ...promises import steady
from ..export import report, static_text
from ..serving.readers import elsewhere, read_only
from .gathered import REPLACED, THERE, Became, Board, Full, Gathered, Guess
from .handed_in import MANAGERS, Measured, NotReadable, measured, plain, read
from .picture import conditions, percent, picture_of, plural, said_of, sentences

MOST_STUDENTS: Final = 200
MOST_BYTES: Final = 4_000_000
"""Of one file. An export of everything has about one megabyte, one of a run a tenth of it."""
TOO_MUCH: Final = f"it has more than {MOST_BYTES // 1_000_000} MB, which no export has."
LONGEST_NAME: Final = 40


def add_classroom(app: Flask, lab: Lab, students: object) -> None:
    """The board, if a class is expected; and whoever is elsewhere may only read.

    Args:
        app: the app.
        lab: whose runs the board can add.
        students: how many; 0 for no class.

    Raises:
        ValueError: that is no number of students.
    """
    if not isinstance(students, int) or isinstance(students, bool) or not 0 <= students <= MOST_STUDENTS:
        raise ValueError(f"CLASS is how many students there are, 0 to {MOST_STUDENTS}; got {students!r}.")
    if students:
        read_only(app)
        app.register_blueprint(Classroom(lab, students).blueprint())


class Classroom:
    """The routes of one board.

    Args:
        lab: see `add_classroom`.
        students: how many are expected.
    """

    def __init__(self, lab: Lab, students: int) -> None:
        self._lab = lab
        self._gathered = Gathered(students)

    def blueprint(self) -> Blueprint:
        """The routes."""
        pages = Blueprint("classroom", __name__)
        pages.register_error_handler(Full, lambda error: problem(409, str(error)))
        pages.register_error_handler(ValueError, lambda error: problem(422, str(error)))
        pages.add_url_rule("/class", view_func=self.page)
        pages.add_url_rule("/class/board", view_func=self.board)
        pages.add_url_rule("/class/class.json", view_func=self.as_json)
        pages.add_url_rule("/class/class.html", view_func=self.as_html)
        for path, view in {
            "/class/guesses": self.guess,
            "/class/guesses/undo": self.undo,
            "/class/runs": self.hand_in,
            "/class/runs/here": self.add_own,
            "/class/runs/remove": self.remove,
            "/class/step": self.go,
        }.items():
            pages.add_url_rule(path, view_func=view, methods=["POST"])
        return pages

    def page(self) -> str:
        """The page."""
        return render_template(
            "class.html",
            steps=list(timed()),
            minutes=MINUTES,
            most=MOST_BYTES,
            too_much=TOO_MUCH,
            **_shown(self._board()),
        )

    def board(self) -> Response:
        """What the page shows of it now; nothing to who has that mark."""
        board = self._board()
        if request.args.get("mark") == str(board.mark):
            return jsonify({})
        return self._told("", board)

    def guess(self) -> Response:
        """Take a guess: how many of a hundred changes vanish."""
        body = json_object()
        lost: Any = body.get("lost")
        name = body.get("name", "")
        if not isinstance(lost, int | float) or isinstance(lost, bool) or not 0 <= lost <= 100:
            abort(422, "A guess is a number from 0 to 100: of every 100 changes, how many are gone.")
        if not isinstance(name, str):
            abort(422, "A name must be text. It may be left out.")
        guess = Guess(float(lost), plain(name)[:LONGEST_NAME])
        many = self._gathered.guess(guess)
        return self._told(f"Guess {many}: {_said(guess)}.")

    def undo(self) -> Response:
        """Take the last guess back."""
        json_object()
        guess = self._gathered.undo()
        return self._told(f"Taken back: {_said(guess)}." if guess else "There is no guess to take back.")

    def hand_in(self) -> Response:
        """Take a run out of an export. The body is the file, and the query has its name."""
        name = plain(request.args.get("name", "")) or "The file"
        if not request.is_json:
            abort(415, f"{name}: send it as application/json. Nothing was changed.")
        request.max_content_length = MOST_BYTES
        try:
            run = read(name, request.get_data())
        except RequestEntityTooLarge:
            abort(413, f"{name}: {TOO_MUCH}")
        except NotReadable as error:
            abort(422, f"{name}: {error}")
        return self._told(_added(run, self._gathered.add(run)))

    def add_own(self) -> Response:
        """Take all runs of this lab that are at rest."""
        json_object()
        said, before = [], 0
        for told in report(self._lab, ())["runs"]:
            if not any(result["asked"] for result in told["variants"].values()):
                continue
            source = f"This computer, run {told['run']}"
            try:
                run = measured(source, told)
            except NotReadable as error:
                said.append(f"{source}: {error}")
                continue
            became = self._gathered.add(run)
            before += became == THERE
            said += [] if became == THERE else [_added(run, became)]
        if before:
            said.append(
                f"{plural(before, 'run')} of this computer {'is' if before == 1 else 'are'} on the board already."
            )
        if not said:
            abort(409, "No run of this computer has measured anything yet. On the page See, press Run 20 users.")
        return self._told("\n".join(said))

    def remove(self) -> Response:
        """Take a run off the board."""
        number = json_object().get("run")
        run = self._gathered.remove(number) if type(number) is int else None
        if run is None:
            abort(404, "There is no such run on the board.")
        return self._told(f"{run.source}: removed.")

    def go(self) -> Response:
        """Begin a step of the lesson."""
        step = json_object().get("step")
        if not isinstance(step, int) or isinstance(step, bool):
            abort(422, "`step` must be a whole number.")
        self._gathered.go(step)
        return self._told("Before the lesson." if step < 0 else f"{STEPS[step].title}: {STEPS[step].minutes} minutes.")

    def as_json(self) -> Response:
        """All of it, as a file."""
        answer = jsonify(_saved(self._board(), self._lab.now()))
        answer.headers["Content-Disposition"] = "attachment; filename=session-race-lab-class.json"
        return answer

    def as_html(self) -> Response:
        """The same as one page that needs no server, to print."""
        board = self._board()
        page = render_template("class-export.html", saved_at=self._lab.now(), static_text=static_text, **_shown(board))
        answer = Response(page, mimetype="text/html")
        answer.headers["Content-Disposition"] = "attachment; filename=session-race-lab-class.html"
        return answer

    def _board(self) -> Board:
        """What whoever asks may know of it."""
        board = self._gathered.board()
        return board.without_names() if elsewhere() else board

    def _told(self, said: str, board: Board | None = None) -> Response:
        board = board or self._board()
        shown = _shown(board)
        return jsonify(
            said=said,
            mark=str(board.mark),
            counted=shown["counted"],
            step=board.step,
            began=board.began,
            now=steady.now(),
            html=render_template("class-board.html", **shown),
        )


def _added(run: Measured, became: Became) -> str:
    if became == THERE:
        return f"{run.source}: this run is on the board already. It counts once."
    later = ", in place of an earlier state of the same run" if became == REPLACED else ""
    said = said_of(run)
    return f"{run.source}: added{later}. {said[0].upper()}{said[1:]}."


def _said(guess: Guess) -> str:
    return f"{guess.lost:g}" + (f", {guess.name}" if guess.name else "")


def _shown(board: Board) -> dict[str, Any]:
    """What the templates show of it."""
    differ, told = conditions(board)
    return {
        "board": board,
        "counted": f"{len(board.guesses)} of {board.students}",
        "picture": picture_of(board),
        "sentences": sentences(board),
        "differ": differ,
        "conditions": told,
        "managers": MANAGERS,
        "percent": percent,
        "plural": plural,
    }


def _saved(board: Board, now: float) -> dict[str, Any]:
    differ, told = conditions(board)
    return {
        "saved_at": now,
        "students": board.students,
        "said": sentences(board),
        "conditions": told,
        "conditions_differ": differ,
        "guesses": [{"lost": guess.lost, "name": guess.name} for guess in board.guesses],
        "runs": [
            {
                "source": run.source,
                "python": run.python,
                "conditions": run.conditions.words(),
                "variants": {
                    name: {"changes": count.changes, "vanished": count.vanished, "percent": round(count.percent, 3)}
                    for name, count in run.counts.items()
                },
            }
            for run in board.runs.values()
        ],
    }
