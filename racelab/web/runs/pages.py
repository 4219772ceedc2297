"""One run, and two beside each other: as JSON, as pages, and as a file that needs no server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from flask import Blueprint, Response, abort, jsonify, render_template, request

from session_manager.web.problems import json_object

from ...bugs import BUGS
from ...live.json_types import RunJson, RunLineJson
from ...live.kept.folder import MOST_RUNS
from ...live.lab import Lab
from ...live.runs import LONGEST_NAME
from ...promises.json_types import CardJson
from ..export import report, static_text
from ..json_types import RunExportJson, RunsJson
from ..losses.pages import LossPages
from ..losses.spacetime import Picture
from ..losses.words import Words
from .chart import HALF, WIDE, Chart, charts, leading, others, scale
from .words import Condition, Row, Said, apart, described, differing, facts, moment, rows, title, verdicts, when

MOST_DIGITS: Final = 9
NOT_OF_THE_LIST: Final = ("curves", "losses")


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
        pages.add_url_rule("/lab/export.json", view_func=self.export_json)
        pages.add_url_rule("/lab/export.html", view_func=self.export_html)
        pages.add_url_rule("/lab/runs/<int:number>/export.json", view_func=self.export_run_json)
        pages.add_url_rule("/lab/runs/<int:number>/export.html", view_func=self.export_run_html)
        pages.add_url_rule("/runs/<int:number>", view_func=self.one_run)
        pages.add_url_rule("/runs/compare", view_func=self.two_runs)
        pages.add_url_rule("/lab/runs/<int:number>/name", view_func=self.rename, methods=["POST"])
        pages.add_url_rule("/lab/runs/<int:number>/delete", view_func=self.delete, methods=["POST"])

    def runs(self) -> Response:
        """The ended runs, without what only a page of one of them shows."""
        answer: RunsJson = {"runs": [_line(run) for run in self._lab.runs.ended()]}
        return jsonify(answer)

    def run(self, number: int) -> Response:
        """One run: an ended one, or the present one."""
        return jsonify(self._find(number))

    def export_json(self) -> Response:
        """All measurements, as JSON."""
        return _as_file(jsonify(report(self._lab, self._lab.sampler.since(0)[1])), "session-race-lab.json")

    def export_html(self) -> Response:
        """All measurements, as one page that needs no server."""
        page = render_template(
            "export.html",
            runs=[self._shown(run) for run in report(self._lab, ())["runs"] if _has_something(run)],
            at=moment(self._lab.now()),
            bugs=BUGS,
            text=static_text,
            drawn=LossPages(self._lab).drawn,
        )
        return _as_file(Response(page, mimetype="text/html"), "session-race-lab.html")

    def export_run_json(self, number: int) -> Response:
        """One run as a file."""
        told: RunExportJson = {"exported_at": self._lab.now(), "run": self._find(number)}
        return _as_file(jsonify(told), f"session-race-lab-run-{number}.json")

    def export_run_html(self, number: int) -> Response:
        """One run as one page that needs no server."""
        page = render_template("run_export.html", it=self._shown(self._find(number)), text=static_text)
        return _as_file(Response(page, mimetype="text/html"), f"session-race-lab-run-{number}.html")

    def one_run(self, number: int) -> str:
        """One run on one screen."""
        return render_template("run.html", it=self._shown(self._find(number)), longest_name=LONGEST_NAME)

    def two_runs(self) -> str:
        """Two runs side by side, on the same scales."""
        runs = [self._find(_number(request.args.get(name, ""))) for name in ("a", "b")]
        kinds = list(dict.fromkeys(leading(run) for run in runs))
        scales = {kind: scale(kind, *runs) for kind in kinds}
        found = differing(*runs)
        return render_template(
            "runs_compare.html",
            both=[self._shown(run) for run in runs],
            charts=[[charts(run, kind, scales[kind], HALF) for run in runs] for kind in kinds],
            managers=list(dict.fromkeys(name for run in runs for name in run["variants"])),
            conditions=found,
            differ=sum(differs for *_, differs in found),
            same=[Condition(name, value) for name, value, _, differs in found if not differs],
        )

    def _shown(self, run: RunJson) -> ShownRun:
        kind = leading(run)
        found = rows(run)
        known = [(row.manager, row.loss) for row in found if row.loss and self._lab.runs.loss(row.manager, row.loss)]
        return ShownRun(
            run=run,
            title=title(run),
            described=described(run),
            when=when(run),
            earlier=run["boot"] != self._lab.boot,
            verdicts=verdicts(run),
            conditions=facts(run),
            rows=found,
            chart=charts(run, kind, scale(kind, run), WIDE),
            apart=apart(run),
            others=[charts(run, each, scale(each, run), HALF) for each in others(kind)],
            known=[loss for _, loss in known],
            loss=self._drawn(*known[0]) if known else None,
        )

    def _drawn(self, manager: str, loss_id: str) -> Drawn | None:
        drawn = LossPages(self._lab).drawn(manager, loss_id)
        return None if drawn is None else Drawn(manager, loss_id, *drawn)

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
        try:
            found = self._lab.runs.delete(number)
        except OSError as error:
            abort(503, f"The file of run {number} cannot be removed ({error.strerror}). Nothing was changed.")
        if not found:
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


@dataclass(frozen=True, slots=True)
class Drawn:
    """One loss of a manager: its picture and its words."""

    manager: str
    id: str
    picture: Picture
    words: Words


@dataclass(frozen=True, slots=True)
class ShownRun:
    """All that a page shows of a run; `known` are the losses whose calls are known, and `loss` is one of them."""

    run: RunJson
    title: str
    described: str
    when: str
    earlier: bool
    verdicts: dict[str, Said]
    conditions: list[Condition]
    rows: list[Row]
    chart: tuple[Chart, Chart]
    apart: list[str]
    others: list[tuple[Chart, Chart]]
    known: list[str]
    loss: Drawn | None


def _number(given: str) -> int:
    if not given.isdecimal() or len(given) > MOST_DIGITS:
        abort(422, "Two runs are compared as /runs/compare?a=3&b=7, with the numbers of two runs.")
    return int(given)


def _has_something(run: RunJson) -> bool:
    """Whether anything was measured in it, or is being measured."""
    return not run["settled"] or any(result["asked"] for result in run["variants"].values())


def _line(run: RunJson) -> RunLineJson:
    """A run of the list. Its evidence stays on its page: that of fifty runs would be most of what See loads."""
    variants = {
        name: {**result, "cards": _without_evidence(result["cards"])} for name, result in run["variants"].items()
    }
    kept = {name: part for name, part in run.items() if name not in NOT_OF_THE_LIST}
    return cast(RunLineJson, {**kept, "variants": variants})


def _without_evidence(cards: dict[str, CardJson]) -> dict[str, CardJson]:
    return {key: {**card, "evidence": []} for key, card in cards.items()}


def _as_file(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
