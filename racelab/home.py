"""Where the lab's own files are, and what its command is called: in a checkout, or installed by pip.

In a checkout they lie beside this package. In a wheel they lie inside it, in `racelab/site/`: a name such as `app` or
`templates` at the top of somebody's environment would be in the way of their own. pyproject.toml says which files go.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SITE = _PACKAGE / "site"

INSTALLED = _SITE.is_dir()
"""Whether this is an installed lab, without tests and documents."""
ROOT = _SITE if INSTALLED else _PACKAGE.parent
"""The folder of app.py, templates/, exercises/, docs/matrix.json and what else the lab needs beside its packages."""
APP = "racelab.site.app" if INSTALLED else "app"
"""The module of `create_app` for an import. gunicorn finds it as `app`, because it starts in `ROOT`."""
PROGRAM = "racelab" if INSTALLED else "lab.py"
_LAB = ROOT / PROGRAM
_IS_HERE = _LAB.exists() and Path(PROGRAM).exists() and _LAB.samefile(PROGRAM)
COMMAND = PROGRAM if INSTALLED else f"python3 {PROGRAM if _IS_HERE else shlex.quote(str(_LAB))}"
"""What a person types before `demo`, in the folder where the process has begun."""


def instance() -> Path:
    """The folder of the databases."""
    return written("RACELAB_INSTANCE", "instance")


def written(variable: str, name: str) -> Path:
    """A folder that the lab makes: as that variable says, or `name` in the checkout, or else in the current folder."""
    return Path(os.environ.get(variable) or (Path.cwd() if INSTALLED else ROOT) / name).absolute()
