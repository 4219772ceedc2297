"""Where a task is: the line of the manager's own source, the values there, and the call of the database under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

from session_manager.model import Row, SessionData

from ..kernel.origin import PYTHON, of_file
from ..kernel.tasks import Task
from .values import show

ROOT = Path(__file__).resolve().parents[3]
DATABASES = ROOT / "session_manager" / "databases"
ASKED_FOR = {
    "insert": "insert the row",
    "read": "read the row",
    "save": "save the row",
    "save_access": "save the count in the row",
    "mark_deleted": "mark the row as deleted",
    "set_aside": "set the row aside",
    "remove": "try to remove the row",
    "purge": "remove the row",
}
"""Each call of the database, in words."""
NOT_THE_MANAGERS = (
    ROOT / "racelab",
    DATABASES,
    ROOT / "session_manager" / "sync.py",
    ROOT / "session_manager" / "state.py",
)
"""Source that a manager calls, and that is not shown; nor is that of Python itself."""
NOT_SHOWN = {"self", "sessions", "stats", "queue", "tables", "cls", "state", "held", "tick"}
"""Locals that are shown as shared state already, or say only when it was."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a manager's source, and the values of its function there.

    Attributes:
        callers: the manager's functions that led there, each at the line of its call, the innermost first.
    """

    file: str
    function: str
    line: int
    values: tuple[tuple[str, str], ...]
    callers: tuple[Place, ...]
    code: CodeType = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DatabaseCall:
    """A call of the database.

    Attributes:
        method: its name.
        session: the row that it is about; empty if it is about all.
        conditional: whether it writes only if the row has the version that was expected.
    """

    method: str
    session: str
    conditional: bool

    def words(self) -> str:
        """What it is for; empty if that has no words."""
        return ASKED_FOR.get(self.method, "")


def place_of(task: Task) -> Place | None:
    """The innermost line of the manager's own source that the task is in."""
    frames = [frame for frame in _frames(task) if not _is_in(frame, *NOT_THE_MANAGERS) and not _is_of_python(frame)]
    if not frames:
        return None
    innermost, *callers = frames
    return _place(innermost, tuple(map(_place, callers)))


def database_call_of(task: Task) -> DatabaseCall | None:
    """The call of the database that the task is in."""
    for frame in _frames(task):
        if Path(frame.f_code.co_filename).parent == DATABASES:
            values = frame.f_locals
            row, session = values.get("row"), values.get("session_id", "")
            if isinstance(row, Row) and isinstance(row.data, SessionData):
                session = row.data.session_id
            return DatabaseCall(frame.f_code.co_name, session, values.get("expected") is not None)
    return None


def _place(frame: FrameType, callers: tuple[Place, ...] = ()) -> Place:
    code, path = frame.f_code, Path(frame.f_code.co_filename)
    file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    values = tuple((name, show(value)) for name, value in frame.f_locals.items() if name not in NOT_SHOWN)
    return Place(file, code.co_name, frame.f_lineno, values, callers, code)


def _frames(task: Task) -> Iterator[FrameType]:
    """Of a task that stands still, the innermost first."""
    frame = task.runner.frame if task.runner is not None else None
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_of_python(frame: FrameType) -> bool:
    """Not by the folder alone: without a virtual environment, what is installed lies inside that of Python."""
    return of_file(frame.f_code.co_filename) == PYTHON


def _is_in(frame: FrameType, *folders: Path) -> bool:
    path = Path(frame.f_code.co_filename)
    return any(path.is_relative_to(folder) for folder in folders)
