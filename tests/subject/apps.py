"""Flask apps with the extension and nothing else, quick and quiet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from flask import Flask

from session_manager import SessionManagers
from session_manager.web.extension import Observer, Registered
from session_manager.web.settings import PREFIX

QUIET: dict[str, Any] = {"GLOBAL": False, "DATABASE": "memory://", "DB_LATENCY": 0.0}


class Maker(Protocol):
    """Makes an app and returns what the extension registered. Settings come without their prefix."""

    def __call__(self, observer: Observer | None = None, **settings: Any) -> Registered: ...


def make_app(folder: Path, observer: Observer | None = None, **settings: Any) -> Flask:
    """An app whose instance folder is in `folder`."""
    app = Flask("subject", instance_path=str(folder / "instance"))
    app.config.from_mapping({PREFIX + name: value for name, value in (QUIET | settings).items()})
    SessionManagers(app, observer=observer)
    return app
