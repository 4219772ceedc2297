"""The lab, whose history of calls can be switched off and on: so one process is compared with itself, and no other one.

gunicorn --config gunicorn.conf.py "benchmarks._switched:served()"

Two processes of one program differ by some per cent for as long as they live: more than what is looked for.
"""

from __future__ import annotations

from flask import Flask, request

from app import create_app
from benchmarks._served import SWITCH
from racelab.live import watch
from racelab.live.visitor import caller


def switched(app: Flask) -> Flask:
    """Add the switch: a POST of `{"kept": false}`. Without history, calls name nobody either."""
    ledgers = [variant.ledger for variant in app.extensions["racelab"].variants.values()]
    histories = [ledger.history for ledger in ledgers]

    @app.post(SWITCH)
    def switch() -> dict[str, bool]:
        kept: bool = request.get_json()["kept"]
        vars(watch)["caller"] = caller if kept else str
        for ledger, history in zip(ledgers, histories, strict=True):
            ledger.history = history if kept else None
        return {"kept": kept}

    return app


def served() -> Flask:
    """The app of a server's process."""
    return switched(create_app(served=True))
