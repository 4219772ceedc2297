"""One loss, call by call: as JSON, and as a page with its picture."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Final

from flask import Blueprint, Response, abort, jsonify, render_template

from ...bugs import BUGS
from ...live.kept.folder import MOST_RUNS
from ...live.lab import Lab
from ...promises.losses import Loss
from .reproduced import REPLAYS, Reproduced, reproduced
from .spacetime import Drawing, Picture
from .words import Words, words

MOST_EXPLORED: Final = 64
"""Losses whose exploration is remembered; each has about 130 kB."""


class LossPages:
    """The routes of the losses of one lab.

    Args:
        lab: whose verdicts name them.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._exploring = threading.Lock()
        self._explored = lru_cache(MOST_EXPLORED)(reproduced)

    def add_to(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.add_url_rule("/lab/losses/<variant>/<loss_id>", view_func=self.loss)
        pages.add_url_rule("/lab/loss/<variant>/<loss_id>", view_func=self.page)

    def loss(self, variant: str, loss_id: str) -> Response:
        """One loss."""
        return jsonify(self._find(variant, loss_id).to_json())

    def drawn(self, variant: str, loss_id: str) -> tuple[Picture, Words] | None:
        """One loss for another page: its picture, and its words."""
        loss = self._lab.runs.loss(variant, loss_id)
        return (Drawing(loss).picture(), words(loss)) if loss is not None else None

    def page(self, variant: str, loss_id: str) -> str:
        """The same drawn, with the calls as a table."""
        loss = self._find(variant, loss_id)
        return render_template(
            "loss.html",
            loss=loss,
            variant=variant,
            bug=next(bug for bug in BUGS if bug.key == loss.bug),
            picture=Drawing(loss).picture(),
            words=words(loss),
            again=self._again(loss, variant),
            replays=REPLAYS,
        )

    def _again(self, loss: Loss, variant: str) -> Reproduced:
        """Explored once, and one loss at a time: a whole class opens the same one, while a load is measured."""
        with self._exploring:
            return self._explored(loss, variant)

    def _find(self, variant: str, loss_id: str) -> Loss:
        found = self._lab.runs.loss(variant, loss_id)
        if found is None:
            abort(404, f"No evidence of the last {MOST_RUNS} runs names this loss.")
        return found
