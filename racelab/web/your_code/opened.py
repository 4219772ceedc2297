"""Serves one finding to this computer's browser: `python -m racelab.web.your_code.opened` gets it as JSON on stdin.

A server of its own and not the lab's: none has to run, and no lab takes findings from elsewhere. It listens on a free
port of the loopback address, has nothing that runs code, and ends with Ctrl-C.
"""

from __future__ import annotations

import json
import logging
import sys
import webbrowser
from contextlib import suppress

from flask import Flask, Response, jsonify, redirect, render_template
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as Redirect

from ...grading.classes.running.apart import NewsJson
from ...home import COMMAND, ROOT
from ..serving.guard import guard
from ..serving.hosts import Hosts
from .grades import nothing
from .json_types import GradeJson
from .stepped import told

LOOPBACK = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


def told_of(news: NewsJson) -> GradeJson:
    """The news of a grading that has ended, as the page reads it."""
    report = news["report"]
    return {
        **nothing(),
        "number": 1,
        "state": "done",
        "target": report["target"],
        "model": report["model"],
        "seconds": report["seconds"],
        "spent": report["seconds"],
        "stages": [
            {
                "name": one["name"],
                "programs": one["programs"] - one["pointless"],
                "done": one["none"] + one["found"],
                "found": one["found"],
                "undecided": one["undecided"] + one["unfinished"],
            }
            for one in report["stages"]
        ],
        "why": news.get("advice", ""),
        "report": report,
        "file": news["file"],
        "findings": told(news["stories"]),
    }


def create_app(told: GradeJson) -> Flask:
    """The page of a finding, and nothing else."""
    app = Flask(__name__, root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.globals.update(command=COMMAND, alone=True)
    guard(app, Hosts())

    def state() -> Response:
        return jsonify(told)

    def page() -> str:
        return render_template("your_code.html", most=0, seconds=(1, 1), folder="")

    def home() -> Redirect:
        return redirect("grade")

    app.add_url_rule("/", view_func=home)
    app.add_url_rule("/grade", view_func=page)
    app.add_url_rule("/lab/grade", view_func=state)
    return app


def serving(told: GradeJson) -> BaseWSGIServer:
    """A server of it, which listens already."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    return make_server(LOOPBACK, 0, create_app(told), threaded=True, request_handler=_Handler)


def main() -> None:
    """Serve what stdin has until Ctrl-C."""
    server = serving(told_of(json.load(sys.stdin)))
    address = f"http://{LOOPBACK}:{server.server_port}/grade"
    print(f"The finding is at {address}. Ctrl-C ends this.", flush=True)
    with suppress(webbrowser.Error):
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
