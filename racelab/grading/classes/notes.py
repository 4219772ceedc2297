"""Notes of what an execution touches: each access is copied when it happens, before anything changes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from linecache import getline
from types import FrameType
from typing import Any, Final

from racelab.explorer.code.sites import SITES, SITES_OF, Site
from racelab.explorer.kernel.cells import ATOMS, READ, WHOLE, Access, Modelled, Thing
from racelab.explorer.kernel.waiting import Primitive

from .loops import gone_over
from .object_paths import ObjectPaths, is_a, location, slots_of
from .trace import How, Line, Touch, Use
from .uses import Spot, goals, uses
from .watched import NOT_THERE, Watched, look, text_of

HOWS: Final[tuple[How, ...]] = ("read", "write", "both", "change")
"""By the numbers of the kernel."""
SHOWN: Final = (("[", "list"), ("{", "dictionary"), ("deque(", "deque"), ("set(", "set"))
"""How the content of a container begins."""


@dataclass(slots=True)
class Noted:
    """One access whose end is not known yet."""

    touch: Touch
    thing: Thing
    key: Any


class Notes(list[Access]):
    """Stands in for `Memory.trace`.

    Args:
        things: of the memory, by `id`.
        paths: what the author calls the objects.
    """

    def __init__(self, things: dict[int, Thing], paths: ObjectPaths) -> None:
        super().__init__()
        self._things, self._paths, self._watched = things, paths, Watched(paths)
        self._open: list[Noted] = []
        self._operation: FrameType | None = None
        self._touches: list[Touch] = []
        self._places: dict[tuple[str, str], str] = {}
        self._titles: dict[str, str] = {}

    def append(self, access: Access) -> None:
        """Note it. What is there is still what was there before.

        One operation may touch several locations: an item, and, as a new one, all of its container. It is one call of
        a hook, and over when another one comes.
        """
        frame = sys._getframe(1)
        hook = self._hook(frame)
        if hook is None or hook is not self._operation:
            self._finish()
            self._operation = hook
        if not _is_method(access):
            self._open.append(self._noted(access, frame))
        super().append(access)

    def take(self, task: str) -> tuple[Touch, ...]:
        """What that task has touched since this was asked last."""
        self._finish()
        self._paths.refresh()
        mine = [touch for touch in self._touches if touch.task == task]
        self._touches = [touch for touch in self._touches if touch.task != task]
        self.clear()
        return tuple(mine)

    def placed(self, touch: Touch) -> Touch:
        """With the name that its location was first found under, be it later."""
        if touch.moved:
            return touch
        name = touch.key.strip("'") or self._titles.get(touch.thing) or _unnamed(touch)
        return replace(touch, place=self._places.get((touch.thing, touch.key), name))

    def name(self, titles: dict[str, str]) -> None:
        """What the author calls the primitives, by their names."""
        self._titles = titles

    def lines(self, frame: FrameType | None) -> list[tuple[FrameType, Line]]:
        """The author's lines that a frame is in, the innermost first."""
        return [(one, _line(one)) for one in self._frames(frame)]

    def uses_of(self, frame: FrameType | None) -> tuple[Use, ...]:
        """What becomes of what is returned to the innermost of the author's lines that a frame is in."""
        spots = list(map(_spot, self._frames(frame)))
        return uses(spots) if spots else ()

    def _hook(self, frame: FrameType | None) -> FrameType | None:
        """The function of ours that the author's line has called."""
        while frame is not None and frame.f_back is not None and not _is_author(frame.f_back.f_code.co_filename):
            frame = frame.f_back
        return frame if frame is not None and frame.f_back is not None else None

    def _finish(self) -> None:
        """It is over: what is there now, it has left. A look that belongs to a change is no access of its own."""
        whole = {(noted.touch.thing, noted.touch.key) for noted in self._open if noted.touch.how == "both"}
        left = tuple(self._watched.changed()) if any(noted.touch.writes for noted in self._open) else ()
        for noted in self._open:
            touch = noted.touch
            if touch.how == "read" and (touch.thing, touch.key) in whole:
                continue
            text, name = self._content(noted.thing, noted.key) if touch.writes else (touch.before, touch.was)
            self._touches.append(replace(touch, after=text, refers=name, places=left))
        self._open.clear()
        self._operation = None

    def _noted(self, access: Access, frame: FrameType) -> Noted:
        task: Any = access.task
        thing, key = access.thing, access.key
        site = SITES[access.site] if 0 <= access.site < len(SITES) else None
        lines = self.lines(frame)
        before, was = self._content(thing, key)
        line = Line(site.file, site.line, getline(site.file, site.line).strip()) if site and site.line else None
        if line is not None and lines:
            line = replace(line, function=lines[0][1].function, begins=lines[0][1].begins)
        path, astray = self._paths.of(thing.object), self._watched.is_astray(thing.object)
        moved = self._paths.elsewhere(thing.object) if astray else ""
        path = moved or path
        touch = Touch(
            task.name,
            task.current,
            HOWS[access.access],
            thing.name,
            "" if key is WHOLE else repr(key),
            location(path, thing.object, key, key is WHOLE),
            line,
            before,
            was=was,
            held=tuple(sorted(task.held)),
            uses=uses(self._spots(site, lines)) if site is not None else (),
            callers=tuple(one for _, one in lines[1:]),
            astray=astray and not moved,
            moved=bool(moved),
            goals=goals(self._spots(site, lines)) if site is not None else (),
        )
        if site is not None and key is WHOLE and access.access == READ:
            touch = replace(touch, over=gone_over(_of_site(site), touch.place))
        self._watched.watch(touch.place, path, key)
        if touch.place:
            self._places.setdefault((touch.thing, touch.key), touch.place)
        return Noted(touch, thing, key)

    def _spots(self, site: Site, lines: Sequence[tuple[FrameType, Line]]) -> list[Spot]:
        return [_of_site(site), *(_spot(frame) for frame, _ in lines[1:])]

    def _content(self, thing: Thing, key: Any) -> tuple[str | None, str]:
        """What is there, as text, and the name of the object that is there."""
        if key is WHOLE:
            return text_of(thing.object), ""
        value = look(thing.object, key)
        if value is NOT_THERE:
            return None, ""
        if type(value) in ATOMS:
            return text_of(value), ""
        known = self._things.get(id(value))
        return text_of(value), _primitive(value) or (known.name if known is not None else "")

    def _frames(self, frame: FrameType | None) -> Iterator[FrameType]:
        while frame is not None:
            if _is_author(frame.f_code.co_filename):
                yield frame
            frame = frame.f_back


def _is_author(file: str) -> bool:
    return file in SITES_OF and not file.startswith("<")


def _unnamed(touch: Touch) -> str:
    """What no name of the author's leads to: a default, or a variable of a closure."""
    text = touch.before or touch.after or ""
    kind = next((kind for begins, kind in SHOWN if text.startswith(begins)), "object")
    return f"the shared {kind}"


def _primitive(value: Any) -> str:
    """The name of a primitive, or of what stands behind its face; empty if it is something else."""
    if is_a(value, Primitive):
        return str(value.name)
    if is_a(value, Modelled):
        return next((part.name for _, part in slots_of(value) if is_a(part, Primitive)), "")
    return ""


def _is_method(access: Access) -> bool:
    """Whether it looked for an attribute in an object, and the class has it."""
    value, key = access.thing.object, access.key
    if access.access != READ or type(key) is not str or is_a(value, dict | type):
        return False
    return look(value, key) is NOT_THERE and any(key in vars(kind) for kind in type(value).__mro__)


def _line(frame: FrameType) -> Line:
    file, number = frame.f_code.co_filename, frame.f_lineno
    return Line(file, number, getline(file, number).strip(), frame.f_code.co_name, frame.f_code.co_firstlineno)


def _of_site(site: Site) -> Spot:
    return Spot(site.file, site.line, site.column, site.end_column)


def _spot(frame: FrameType) -> Spot:
    """Where a function stands in a call of its own."""
    file, code = frame.f_code.co_filename, frame.f_code
    for number, (line, end_line, column, end) in enumerate(code.co_positions()):
        if number == frame.f_lasti // 2 and line is not None and column is not None:
            return Spot(file, line, column, end if end is not None and end_line == line else -1)
    return Spot(file, frame.f_lineno, 0)
