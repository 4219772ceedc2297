"""The calls that a class offers: its public methods, and the operators that it defines."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import Parameter
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from .domains import PER_ROLE, Values, role_of
from .signatures import flags, optional, parameters, written

ENDS: Final = (
    "close",
    "stop",
    "shutdown",
    "join",
    "terminate",
    "dispose",
    "quit",
    "exit",
    "disconnect",
    "start",
    "run",
)
"""Calls that begin or end the life of an object: they come last."""
MAKERS: Final = ("from_", "create", "make", "build", "of")
LEAVES: Final = "__exit__(None, None, None)"
"""A `with` statement is several calls: what comes in between is what it is there for."""
OPERATORS: Final = {
    "__setitem__": "it[{0}] = {1}",
    "__delitem__": "del it[{0}]",
    "__call__": "it({})",
    "__next__": "next(it)",
    "__getitem__": "it[{0}]",
    "__contains__": "{0} in it",
    "__len__": "len(it)",
    "__iter__": "list(it)",
    "__enter__": f"it.__enter__(); it.{LEAVES}",
}
WRITTEN: Final = {
    **{name: f"it.{name}({{}})" for name in ("__iadd__", "__isub__", "__ior__", "__lshift__", "__rshift__")},
    "__bool__": "bool(it)",
    "__reversed__": "list(reversed(it))",
}
"""Further operators, where the author has given them a meaning: `signal += listener`, `queue << job`."""
KEYED: Final = {
    "__setitem__": ("key", "value"),
    "__delitem__": ("key",),
    "__getitem__": ("key",),
    "__contains__": ("key",),
}
"""What the parameters of an operator are for, whatever they are called."""


@dataclass(frozen=True, slots=True)
class Method:
    """A call that can be made.

    Attributes:
        name: of the method.
        form: the call as source, with `{}` for its arguments, or `{0}` and `{1}` for each.
        given: what it has to be given.
        late: whether it begins or ends the life of an object.
        optional: what it can be given, and has None in place of.
        flags: arguments that turn what is on by default off, or the other way round.
    """

    name: str
    form: str
    given: list[tuple[Parameter, Values]]
    late: bool = False
    optional: list[tuple[Parameter, Values]] = field(default_factory=list)
    flags: tuple[str, ...] = ()

    def text(self, arguments: tuple[str, ...], flag: str = "") -> str:
        """The call with these arguments, and a flag."""
        if "{0}" in self.form:
            return self.form.format(*arguments)
        return self.form.replace("{}", ", ".join(filter(None, (written(self.given, arguments), flag))))

    def texts(self, arguments: tuple[str, ...]) -> list[str]:
        """The call with these arguments, without and with each flag."""
        flags = self.flags if "{}" in self.form else ()
        return [self.text(arguments, flag) for flag in ("", *flags)]


def methods_of(it: object, module: ModuleType) -> tuple[list[Method], list[tuple[str, str]]]:
    """The methods of an object in the order of their definition, and those that cannot be called, with the reason.

    Functions that are attributes of the object alone are methods too.
    """
    kind = type(it)
    held = vars(it) if hasattr(it, "__dict__") else {}
    own = [function_call(name, held[name], module) for name in held if not name.startswith("_") and _is_own(held[name])]
    found = [method for method in own if method is not None]
    left_out: list[tuple[str, str]] = []
    for name, member in _members(kind).items():
        if _is_computed(member) and not name.startswith("_"):
            found += [Method(name, f"it.{name}", []), *_setter(name, member, module)]
            continue
        function = _function(name, member, kind)
        if function is None:
            continue
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            left_out.append((name, "it is asynchronous, and the grader interleaves threads"))
            continue
        telling = _telling(kind, name, function)
        given = parameters(telling, module, bound=True, several=name not in OPERATORS)
        if given is None:
            if name not in OPERATORS:
                left_out.append((name, "it does not tell its parameters"))
                continue
            given = []
        late, more = name.strip("_") in ENDS, [] if name in OPERATORS else optional(telling, module)
        found.append(Method(name, _form(name, function), _keyed(name, given), late, more, flags(telling)))
    return sorted(found, key=lambda method: method.late), left_out


def _is_computed(member: object) -> bool:
    """Whether reading it runs code: a property, or another descriptor of the reader's."""
    if callable(member) or isinstance(member, classmethod | staticmethod):
        return False
    return hasattr(member, "__get__") and _is_written(member)


def _setter(name: str, member: object, module: ModuleType) -> list[Method]:
    """The assignment to a property, if it has a setter."""
    setter = member.fset if isinstance(member, property) else None
    given = parameters(setter, module, bound=True) if setter is not None else None
    if not given:
        return []
    (parameter, values), *_ = given
    values = values if values.typed else Values("value", PER_ROLE["value"])
    return [Method(f"{name} =", f"it.{name} = {{}}", [(parameter, values)])]


def _is_written(member: object) -> bool:
    return isinstance(member, property) or type(member).__module__ != "builtins"


def _is_own(value: object) -> bool:
    return isinstance(value, FunctionType | MethodType)


def function_call(name: str, function: Callable[..., object], module: ModuleType) -> Method | None:
    """A function of a module as a call, where `it` is the module; None if it does not tell its parameters."""
    given = parameters(function, module, bound=False)
    if given is None or inspect.iscoroutinefunction(function):
        return None
    return Method(name, _form(name, function), given, name in ENDS, flags=flags(function))


def _members(kind: type) -> dict[str, Any]:
    """Public members and known operators: those of the class first, then those of what it inherits from."""
    found: dict[str, Any] = {}
    for base in kind.__mro__:
        if base is object:
            continue
        for name, member in vars(base).items():
            operator = name in OPERATORS or (name in WRITTEN and isinstance(member, FunctionType))
            if not name.startswith("_") or operator:
                found.setdefault(name, member)
    return {name: member for name, member in found.items() if member is not None}


def _function(name: str, member: Any, kind: type) -> Callable[..., object] | None:
    """What is called, as the class has it: a descriptor does not run. None for what is no method of an object."""
    if isinstance(member, staticmethod | property | type) or (name == "__iter__" and "__next__" in _members(kind)):
        return None
    if isinstance(member, classmethod):
        member = None if name.startswith(MAKERS) else member.__func__
    if not callable(member):
        return None
    is_object = isinstance(member.__call__, MethodType) and not hasattr(member, "__wrapped__")
    function: Callable[..., object] = member.__call__ if is_object else member
    return function  # of an object with a `__get__` `inspect` says nothing, but of its method


def _telling(kind: type, name: str, function: Callable[..., object]) -> Callable[..., object]:
    """The function that tells its parameters: one further up, if this one hands all that it gets on."""
    for base in kind.__mro__:
        member = vars(base).get(name)
        if isinstance(member, FunctionType):
            code = inspect.unwrap(member).__code__
            if code.co_argcount + code.co_kwonlyargcount > 1 or not code.co_flags & inspect.CO_VARARGS:
                return member
    return function


def _form(name: str, function: Callable[..., object]) -> str:
    if name in OPERATORS or name in WRITTEN:
        return {**OPERATORS, **WRITTEN}[name]
    inner = inspect.unwrap(function)
    if inspect.isgeneratorfunction(inner):
        made_by = getattr(function, "__code__", None)
        if made_by is not None and made_by.co_filename == contextlib.__file__:
            return f"block = it.{name}({{}}); block.__enter__(); block.{LEAVES}"
        return f"list(it.{name}({{}}))"
    return f"it.{name}({{}})"


def _keyed(name: str, given: list[tuple[Parameter, Values]]) -> list[tuple[Parameter, Values]]:
    roles = KEYED.get(name, ())
    if not roles:
        return given
    if len(given) != len(roles):
        given = [(Parameter(each, Parameter.POSITIONAL_ONLY), Values("unknown", ())) for each in roles]
    fixed = []
    for role, (parameter, values) in zip(roles, given, strict=True):
        known = role_of(role)
        fixed.append((parameter, Values(known, values.texts if values.typed else PER_ROLE[known])))
    return fixed
