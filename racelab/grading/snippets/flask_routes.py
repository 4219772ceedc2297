"""The routes of `lab.py check URL` for Flask: `app.register_blueprint(race)`. For a test server, not for users."""

import os
import time
from typing import Any

from flask import Blueprint, request, session

race = Blueprint("race", __name__)


@race.route("/race/<step>", methods=["GET", "POST"])
def view(step: str) -> dict[str, Any]:
    seen = dict(session)  # read first, then do the work of a real view, then write
    time.sleep(min(request.args.get("hold", 0, int), 1000) / 1000)
    n, keys = seen.get("n", 0), {}
    if step == "set":
        session[request.args["key"]] = request.args["value"]
    elif step == "count":
        session["n"] = n = n + 1
    elif step == "read":
        keys = {key: value for key, value in seen.items() if isinstance(value, str)}
    elif step == "logout":
        session.clear()  # or what your app does at a logout
    return {"n": n, "keys": keys, "worker": os.getpid()}
