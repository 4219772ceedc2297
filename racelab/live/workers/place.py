"""Where a deployment of several workers has its things: what gunicorn's parent tells its children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ...several import ADDRESS, FOLDER, JUDGE, ROLE, SOCKET
from .wire import Wire


@dataclass(frozen=True, slots=True)
class Place:
    """See the module.

    Attributes:
        folder: of journals and control.
        address: where the workers answer: `HOST:PORT` or `unix:PATH`.
        judges: whether this process is the judge, and no worker.
    """

    folder: Path
    address: str
    judges: bool

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self | None:
        """From the environment; None if this process serves alone."""
        if FOLDER not in environ:
            return None
        return cls(Path(environ[FOLDER]), environ[ADDRESS], environ.get(ROLE) == JUDGE)

    @property
    def socket(self) -> Path:
        """Where the judge answers."""
        return self.folder / SOCKET

    def wire(self) -> Wire:
        """The client of one user of the page's load."""
        return Wire(self.address)
