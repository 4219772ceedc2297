"""One run, and two beside each other: as JSON, as pages, and as a file that needs no server."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, abort, jsonify

from session_manager.web.problems import json_object

from ..live.json_types import RunJson, RunLineJson
from ..live.kept import MOST_RUNS
from ..live.lab import Lab
from ..live.runs import LONGEST_NAME
from .json_types import RunExportJson, RunsJson

NOT_OF_THE_LIST = ("curves", "losses")


class RunPages:
    """The routes of the runs of one lab.

    Args:
        lab: that has them.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.add_url_rule("/lab/runs", view_func=self.runs)
        pages.add_url_rule("/lab/runs/<int:number>", view_func=self.run)
        pages.add_url_rule("/lab/runs/<int:number>/export.json", view_func=self.export_run_json)
        pages.add_url_rule("/lab/runs/<int:number>/name", view_func=self.rename, methods=["POST"])
        pages.add_url_rule("/lab/runs/<int:number>/delete", view_func=self.delete, methods=["POST"])

    def runs(self) -> Response:
        """The ended runs, without what only a page of one of them shows."""
        short = [
            {name: part for name, part in run.items() if name not in NOT_OF_THE_LIST} for run in self._lab.runs.ended()
        ]
        answer: RunsJson = {"runs": cast("list[RunLineJson]", short)}
        return jsonify(answer)

    def run(self, number: int) -> Response:
        """One run: an ended one, or the present one."""
        return jsonify(self._find(number))

    def export_run_json(self, number: int) -> Response:
        """One run as a file."""
        told: RunExportJson = {"exported_at": self._lab.now(), "run": self._find(number)}
        return _as_file(jsonify(told), f"session-race-lab-run-{number}.json")

    def rename(self, number: int) -> Response:
        """Give a run a name."""
        body = json_object()
        name = body.get("name")
        if set(body) != {"name"} or not isinstance(name, str):
            abort(422, "The body has one field: `name`, a text; an empty one takes the name away.")
        name = " ".join("".join(x if x.isprintable() else " " for x in name).split())
        if len(name) > LONGEST_NAME:
            abort(422, f"A name has at most {LONGEST_NAME} characters; this one has {len(name):,}.")
        if not self._lab.runs.rename(number, name):
            self._refuse(number)
        return jsonify(run=number, name=name)

    def delete(self, number: int) -> Response:
        """Keep a run no longer."""
        json_object()
        if number == self._lab.runs.run:
            abort(409, f"Run {number} has not ended. Begin a new run first; then this one can be deleted.")
        if not self._lab.runs.delete(number):
            self._refuse(number)
        return jsonify(run=number, deleted=True)

    def _find(self, number: int) -> RunJson:
        if number == self._lab.runs.run:
            return self._lab.runs.whole(self._lab.verdict())
        found = next((run for run in self._lab.runs.ended() if run["run"] == number), None)
        return self._refuse(number) if found is None else found

    @staticmethod
    def _refuse(number: int) -> RunJson:
        abort(404, f"There is no run {number}. The last {MOST_RUNS} are kept.")


def _line(run: RunJson) -> RunLineJson:
    return cast(RunLineJson, {name: part for name, part in run.items() if name not in NOT_OF_THE_LIST})


def _as_file(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
