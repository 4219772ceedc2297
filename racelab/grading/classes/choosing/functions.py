"""Functions over the state of their module: which of them belong together, and what of the state can be observed."""

from __future__ import annotations

from types import FunctionType, ModuleType

from .methods import Method, function_call


def together(function: FunctionType, module: ModuleType) -> list[Method]:
    """The function first, then the module's other public functions that use a global of it."""
    shared = used(function, module)
    others = [
        value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType)
        and not name.startswith("_")
        and value is not function
        and value.__module__ == module.__name__
        and used(value, module) & shared
    ]
    calls = [function_call(each.__name__, each, module) for each in (function, *others)]
    return [each for each in calls if each is not None]


def used(function: FunctionType, module: ModuleType, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The module's variables that a function uses, itself or through other functions of the module."""
    names: set[str] = set()
    for name in function.__code__.co_names:
        value = vars(module).get(name)
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and name not in seen:
            names |= used(value, module, seen | {name})
        elif name in vars(module) and not isinstance(value, ModuleType | type) and not callable(value):
            names.add(name)
    return frozenset(names)


def variables(function: FunctionType, module: ModuleType) -> list[str]:
    """The plain data among them, as expressions: also private ones, because a module has nothing else to show."""
    plain = (int, float, str, bytes, list, dict, set, tuple, type(None))
    return [f"it.{name}" for name in sorted(used(function, module)) if isinstance(vars(module)[name], plain)]
