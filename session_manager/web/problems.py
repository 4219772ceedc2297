"""Errors as `application/problem+json` (RFC 9457): what happened, why, and whether a change was made."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, json, request
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.http import HTTP_STATUS_CODES


def problem(status: int, detail: str, definite: bool | None = None) -> Response:
    """An error answer.

    Args:
        status: the HTTP status.
        detail: a sentence for the reader.
        definite: true if nothing was changed, false if the outcome is unknown, None if the question does not apply.
    """
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "detail": detail,
    }
    if definite is not None:
        body |= {"definite": definite, "error": detail}  # `error` is what the module's own clients read
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def from_http_exception(error: HTTPException) -> Response:
    """The same for an error of Flask's own, keeping its headers (405 says what is allowed)."""
    answer = problem(error.code or 500, error.description or "", definite=True if (error.code or 500) < 500 else None)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def json_object() -> dict[str, Any]:
    """The JSON object in the request's body; 400, 415 or 422 if there is none."""
    try:
        body = request.get_json()
    except BadRequest as error:
        abort(error.code or 400, "The body is not valid JSON. Nothing was changed.")
    except RecursionError:
        abort(400, "The body is nested too deeply. Nothing was changed.")
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001 - errors of the server for malformed HTTP
        abort(400, "The body could not be read. Nothing was changed.")
    if not isinstance(body, dict):
        abort(422, "The body must be a JSON object; {} if it has no fields.")
    return body
