"""Compressed answers: the pages, their files, and what they ask the instrument for. Never what is measured."""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Flask, Response, make_response
from flask_compress import Compress


def compress(app: Flask, *blueprints: str) -> None:
    """Compress what these answer, and the static files, for whoever accepts that. Call it when all are registered."""
    app.config["COMPRESS_REGISTER"] = False  # not of every request: the managers' answers stay as fast as they are
    compressor = Compress(app)
    for name in blueprints:
        app.after_request_funcs.setdefault(name, []).append(compressor.after_request)
    static = app.view_functions["static"]

    @wraps(static)
    def packed(**path: Any) -> Response:
        response = make_response(static(**path))
        response.direct_passthrough = False
        response.get_data()  # as a whole: of a file that is sent in pieces the library closes none
        response.close()
        return compressor.after_request(response)

    app.view_functions["static"] = packed
