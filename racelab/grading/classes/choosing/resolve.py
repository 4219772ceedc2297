"""Imports the module that a target names, for real, and finds out what the name stands for. Runs in a child process."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import shlex
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, Literal

from ..target import Named, TargetError, close, parsed
from .outermost import beside, outermost

Kind = Literal["class", "function", "calls"]
CALLS: Final = ("NEW", "CALLS", "TASKS", "SCENARIOS")
"""The names that make a module a file of calls."""
MOST_NAMES: Final = 12


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name stands for: a class, a function, or a file of calls (`value` is its module).

    Attributes:
        beside: the other classes of a file that was named alone.
    """

    kind: Kind
    value: Any
    module: ModuleType
    name: str
    beside: tuple[str, ...] = ()


def resolve(named: Named) -> Resolved:
    """Import the module and look the name up.

    Raises:
        TargetError: there is none, or nothing can be graded under that name.
    """
    sys.path[:0] = [named.root, *named.paths]
    if named.name:
        module, value = looked_up(named)
        return _judged(named, value, module)
    module = _imported(named)
    if any(name in vars(module) for name in CALLS):
        return Resolved("calls", module, module, "")
    return _the_only_one(named, module)


def looked_up(named: Named) -> tuple[ModuleType, Any]:
    """The module, imported, and what the name stands for in it.

    Raises:
        TargetError: there is no such module, or it has no such name.
    """
    module = _imported(named)
    value: Any = module
    for part in named.name.split("."):
        if not hasattr(value, part):
            raise TargetError(_no_such(named, part, value))
        value = getattr(value, part)
    return module, value


def _imported(named: Named) -> ModuleType:
    _refuse_compiled(named)
    try:
        return importlib.import_module(named.module)
    except ModuleNotFoundError as error:
        if error.name and (named.module == error.name or named.module.startswith(error.name + ".")):
            raise TargetError(_no_module(named, error.name)) from None
        raise TargetError(
            f"{named.module} imports {error.name}, which is not installed for this Python ({sys.executable}). "
            f"Install it there ({_install(error.name)}), or grade a file that does without it."
        ) from None
    except SyntaxError as error:
        if error.filename and Path(error.filename).is_file():
            parsed(Path(error.filename))
        raise TargetError(f"{named.module} does not parse: {error}.") from None
    except BaseException as error:  # noqa: BLE001 # whatever the reader's module does, SystemExit too
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise TargetError(
            f"{named.module} cannot be imported: {type(error).__name__}: {error} ({Path(last.filename).name}, line "
            f"{last.lineno}). The grader imports it as `import {named.module}` does; try that, and grade it then."
        ) from None


def _refuse_compiled(named: Named) -> None:
    try:
        spec = importlib.util.find_spec(named.module)
    except (ImportError, ValueError, AttributeError):
        return  # the import itself says more
    except BaseException:  # noqa: BLE001 # a parent package that cannot be imported
        return
    if spec is not None and spec.origin and not spec.origin.endswith(".py"):
        raise TargetError(_compiled(named.module), undecided=True)


def _compiled(what: str) -> str:
    return (
        f"{what} is compiled: its steps cannot be seen, so no verdict is possible. If it comes in pure Python too, "
        "grade that; or try real threads on it with --stress."
    )


def _install(module: str | None) -> str:
    """The command that puts a package beside the lab."""
    python, here = Path(sys.executable), Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return f"{shlex.quote(str(shown))} -m pip install {str(module).partition('.')[0]}"


def _no_module(named: Named, missing: str) -> str:
    inside = [each.name for each in pkgutil.iter_modules([named.root])]
    known = [each.name for each in pkgutil.iter_modules()] if "." not in missing else []
    hint = close(missing, [*inside, *known])
    package = f" Or install the package: {_install(missing)}" if "." not in missing else ""
    here = f" In {named.root} there is {', '.join(inside[:MOST_NAMES])}." if inside and not hint else ""
    return (
        f"There is no module {missing!r} in {named.root}, and none is installed for this Python.{hint}{here} "
        f"Name the file instead: path/to/file.py:Class.{package}"
    )


def _own(module: ModuleType) -> list[str]:
    """The public classes and functions that a module itself defines, in its order."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and isinstance(value, type | FunctionType)
        and getattr(value, "__module__", "") == module.__name__
    ]


def _no_such(named: Named, part: str, holder: Any) -> str:
    if isinstance(holder, ModuleType):
        names = _own(holder) or [name for name in vars(holder) if not name.startswith("_")]
    else:
        names = [name for name in dir(holder) if not name.startswith("_")]
    has = f"It has {', '.join(names[:MOST_NAMES])}." if names else "It defines no class and no function."
    return f"{getattr(holder, '__name__', named.module)} has no {part!r}.{close(part, names)} {has}"


def _the_only_one(named: Named, module: ModuleType) -> Resolved:
    classes = [name for name in _own(module) if isinstance(vars(module)[name], type)]
    names = outermost(module, classes) or classes or _own(module)
    if len(names) == 1:
        value = vars(module)[names[0]]
        judged = _judged(Named(named.word, named.root, named.module, names[0], named.paths), value, module)
        return replace(judged, beside=beside(module, classes, names[0]))
    if not names:
        raise TargetError(f"{named.module} defines no class and no function that could be graded.")
    words = tuple(f"{named.word}:{name}" for name in names[:MOST_NAMES])
    raise TargetError(
        f"{named.word} has several that could be graded. Name one: {', '.join(words)}",
        names=words,
    )


def _judged(named: Named, value: Any, module: ModuleType) -> Resolved:
    """Refuses what cannot be graded."""
    if isinstance(value, type):
        _refuse_class(named, value, module)
        return Resolved("class", value, module, named.name)
    if inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value):
        raise TargetError(_asynchronous(named.name), undecided=True)
    if inspect.isbuiltin(value):
        raise TargetError(_compiled(f"{named.module}.{named.name}"), undecided=True)
    if callable(value):
        return Resolved("function", value, module, named.name)
    kind = type(value).__name__
    raise TargetError(
        f"{named.name} in {named.module} is neither a class nor a function: it is of type {kind}. "
        f"To grade an object that the module has, name its class, or give --new {named.name!r} with the class."
    )


def _refuse_class(named: Named, kind: type, module: ModuleType) -> None:
    if missing := sorted(getattr(kind, "__abstractmethods__", ())):
        below = [name for name in _own(module) if _is_concrete(vars(module)[name], kind)]
        hint = f"Name a subclass of it: {', '.join(below)}." if below else "Name a subclass of it, or a factory."
        raise TargetError(
            f"{named.name} is abstract: {', '.join(missing[:MOST_NAMES])} would have to be written first, so that no "
            f"object of it can be made. {hint}"
        )
    public = [_stored(kind, name) for name in dir(kind) if not name.startswith("_")]
    methods = [each for each in public if callable(each)]
    if methods and all(inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in methods):
        raise TargetError(_asynchronous(named.name), undecided=True)
    if methods and not any(_is_python(part) for base in kind.__mro__ for part in vars(base).values()):
        raise TargetError(_compiled(f"{named.module}.{named.name}"), undecided=True)


def _stored(kind: type, name: str) -> object:
    """What a class has under a name. To ask the class for it would run a descriptor of the reader's."""
    part = inspect.getattr_static(kind, name, None)
    return part.__func__ if isinstance(part, classmethod | staticmethod) else part


def _is_python(part: object) -> bool:
    """Whether a member of a class is written in Python; properties and decorated functions count by what they wrap."""
    if isinstance(inspect.getattr_static(type(part), "__call__", None), FunctionType):
        return True
    part = getattr(part, "__func__", getattr(part, "fget", getattr(part, "func", part)))
    return isinstance(inspect.unwrap(part) if callable(part) else part, FunctionType)


def _is_concrete(value: object, kind: type) -> bool:
    return isinstance(value, type) and issubclass(value, kind) and not inspect.isabstract(value)


def _asynchronous(name: str) -> str:
    return (
        f"{name} is asynchronous. The grader interleaves threads, and tasks of asyncio switch in one thread, at their "
        "awaits: no verdict is possible. Grade what several threads share; or move the part that counts into a class "
        "with plain methods."
    )
