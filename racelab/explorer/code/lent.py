"""What outlives an execution: its attributes and content before the author's code has changed them, to be put back.

Python's own classes, functions, objects and containers serve all executions. One that found them changed by the one
before would begin in another world.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, Final

from .private_importlib import under_way

_MISSING: Final = object()
_CONTENT: Final = "[all]"
"""As a name: no attribute, but what a container holds."""
_before: Final[dict[tuple[int, str], tuple[Any, str, Any]]] = {}
"""By object and name, in the order of the changes: the object, the name, and what was there at first."""


def begin() -> int:
    """An execution begins, maybe within another one. Returns what `put_back` has to know."""
    return len(_before)


def keep(owner: Any, name: str) -> None:
    """An attribute is about to be set or deleted."""
    if under_way.loader is not None and (id(owner), name) not in _before:
        _before[id(owner), name] = owner, name, _present(owner, name)


def is_changed(owner: Any, name: str) -> bool:
    """Whether the author's code has set or deleted an attribute of it."""
    return (id(owner), name) in _before


def keep_content(container: Any) -> None:
    """A container is about to be changed. The modules and folders of Python's are put back by whoever has them."""
    is_swapped = container is sys.modules or container is sys.path
    if under_way.loader is not None and (id(container), _CONTENT) not in _before and not is_swapped:
        copied = dict(container) if issubclass(type(container), dict) else list(container)
        _before[id(container), _CONTENT] = container, _CONTENT, copied


def put_back(begun: int) -> None:
    """All that was changed since, the last first."""
    while len(_before) > begun:
        owner, name, value = _before.popitem()[1]
        with suppress(AttributeError, TypeError, ValueError):
            if name == _CONTENT:
                _fill(owner, value)
            elif value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def _fill(container: Any, content: Any) -> None:
    container.clear()
    if issubclass(type(container), (dict, set)):
        container.update(content)
    else:
        container.extend(content)


def _present(owner: Any, name: str) -> Any:
    """What the object has itself: not what its class has for all, unless that finds it in the object."""
    names = getattr(owner, "__dict__", {})
    if name in names:
        return names[name]
    found = getattr(type(owner), name, None)
    return getattr(owner, name, _MISSING) if hasattr(type(found), "__set__") else _MISSING
