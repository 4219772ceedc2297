"""A line for each request that failed, has an unknown outcome, or took too long. Never a path: it may hold an id."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from flask import Request, Response, request

from ...live.events import Events

DEFINITE = "racelab.definite"
POLL = "/lab/poll"
"""What an open page asks several times a second: `engine_away` has told why it gets no numbers."""


class RequestLog:
    """See the module.

    Args:
        events: where it is written.
        run: gives the number of the present run.
        variants: the manager that answers, by blueprint.
        slow_ms: milliseconds beyond which a request is slow.

    Raises:
        ValueError: that is no number of milliseconds.
    """

    def __init__(self, events: Events, run: Callable[[], int], variants: dict[str, str], slow_ms: object) -> None:
        if not isinstance(slow_ms, int | float) or isinstance(slow_ms, bool) or not slow_ms >= 0:
            raise ValueError(f"LOG_SLOW_MS must be a number of milliseconds, 0 or more; got {slow_ms!r}.")
        self._events = events
        self._run = run
        self._variants = variants
        self._slow = slow_ms / 1000

    @staticmethod
    def remember(response: Response) -> Response:
        """Keep what an error says about its outcome."""
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            body = response.get_json(silent=True) if response.is_json else None
            request.environ[DEFINITE] = body.get("definite") if isinstance(body, dict) else None
        return response

    def note(self, asked: Request | None, status: str, seconds: float) -> None:
        """A request was answered."""
        code = int(status[:3])
        if code < HTTPStatus.BAD_REQUEST and seconds < self._slow:
            return
        if code == HTTPStatus.SERVICE_UNAVAILABLE and asked is not None and asked.path == POLL:
            return
        definite = asked.environ.get(DEFINITE) if asked is not None else None
        unknown = definite is False or (definite is None and code == HTTPStatus.INTERNAL_SERVER_ERROR)
        event = "request_unknown" if unknown else "request_failed"
        rule = asked.url_rule if asked is not None else None
        blueprint, _, endpoint = (rule.endpoint if rule is not None else "").rpartition(".")
        self._events.tell(
            logging.ERROR if unknown else logging.WARNING,
            event if code >= HTTPStatus.BAD_REQUEST else "request_slow",
            self._variants.get(blueprint),
            str((asked.view_args or {}).get("session_id", "")) if asked is not None else "",
            run=self._run(),
            endpoint=endpoint or None,
            status=code,
            seconds=round(seconds, 6),
        )
