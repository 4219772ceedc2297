"""`threading.local`: each task sees attributes of its own. A subclass's `__init__` runs once in each task."""

from __future__ import annotations

from typing import Any

from ..kernel.cells import Modelled
from ..kernel.threads import here
from .faces import Inner


class Local(Modelled):
    """`threading.local`."""

    __slots__ = ("_given", "_lab")

    _lab: Inner
    _given: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, /, *args: Any, **kwargs: Any) -> Local:
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        lab = Inner("local")
        object.__setattr__(self, "_lab", lab)
        object.__setattr__(self, "_given", (args, kwargs))
        if here.task is not None:
            here.task.locals[id(lab)] = {}  # Python itself calls `__init__` next
        return self

    def __getattribute__(self, name: str) -> Any:
        names = _names(self)
        if name == "__dict__":
            return names
        kind = type(self)
        found = next((vars(one)[name] for one in kind.__mro__ if name in vars(one)), None)
        if name not in names or hasattr(type(found), "__set__"):
            return object.__getattribute__(self, name)
        return names[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "__dict__":
            raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
        names = _names(self)
        if _is_data(self, name):
            object.__setattr__(self, name, value)
        else:
            names[name] = value

    def __delattr__(self, name: str) -> None:
        names = _names(self)
        if _is_data(self, name):
            object.__delattr__(self, name)
        elif name in names:
            del names[name]
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def _is_data(local: Local, name: str) -> bool:
    """Whether a property or a slot of a subclass has that name."""
    return any(hasattr(type(vars(one).get(name)), "__set__") for one in type(local).__mro__)


def _names(local: Local) -> dict[str, Any]:
    """The attributes that the running task sees; in a task that has none yet, `__init__` makes them."""
    lab: Inner = object.__getattribute__(local, "_lab")
    _, task = lab.running()
    if task is None:
        return {}
    names = task.locals.get(id(lab))
    if names is None:
        names = task.locals[id(lab)] = {}
        args, kwargs = object.__getattribute__(local, "_given")
        kind = type(local)
        if kind.__init__ is not object.__init__:
            kind.__init__(local, *args, **kwargs)
    return names
