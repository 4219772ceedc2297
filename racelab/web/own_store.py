"""The card *Your own store*: the routes that `check URL` drives, to be pasted into an app."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from ..grading import snippets
from ..grading.survey.markdown import SHORT

FILES: Final = {
    "Flask": "flask_routes.py",
    "Django": "django_routes.py",
    "FastAPI": "fastapi_routes.py",
    "Express": "express_routes.js",
}
COLUMNS: Final = " ".join(SHORT)
"""Of a report, each with its causes on the page *Stores*."""


@cache
def routes() -> dict[str, str]:
    """The source of the routes, by framework."""
    folder = Path(snippets.__file__).parent
    return {name: (folder / file).read_text(encoding="utf-8") for name, file in FILES.items()}
