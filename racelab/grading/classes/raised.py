"""What an exception says, and where it was raised, without running any code of the author's."""

from __future__ import annotations

from types import WrapperDescriptorType
from typing import Final

from racelab.explorer.code.sites import SITES_OF
from racelab.explorer.kernel.origin import AUTHOR, PYTHON, of_file

from .trace import file_name

LONGEST: Final = 200
"""Characters of what it says."""
PLAIN: Final = (str, bytes, int, float, bool, type(None))


def said_by(error: BaseException | None) -> str:
    """What an exception says, in one line, as Python shows it behind the name of its class; empty if nothing."""
    if error is None:
        return ""
    told: tuple[object, ...] = vars(BaseException)["args"].__get__(error)
    written: object = type(error).__str__
    as_python = type(written) is WrapperDescriptorType and not isinstance(error, OSError)
    if as_python and all(type(one) in PLAIN for one in told):
        text = str(error)
    else:
        text = next((one for one in told if type(one) is str), "")
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def where(error: BaseException | None) -> str:
    """The author's innermost line that it came through: `room.py:24`; empty if it came through none."""
    found, at = "", error.__traceback__ if error is not None else None
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        if not file.startswith("<") and _is_authors(file):
            found = f"{file_name(file)}:{at.tb_lineno}"
        at = at.tb_next
    return found


def _is_authors(file: str) -> bool:
    whose = of_file(file)
    return whose == AUTHOR or (file in SITES_OF and whose != PYTHON)
