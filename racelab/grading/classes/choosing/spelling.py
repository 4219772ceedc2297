"""Refuses what an author has misspelt: a name that neither the object nor its module has, and that no call makes."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, Final

from ..call_source import assignment
from ..target import TargetError, close
from .choice import Choice, Given
from .texts import checked

IT: Final = "it"
LOST: Final = (
    "{}: other calls would not know {!r}. They know a name that is assigned alone, to one expression: "
    "write pair = it.open(), and then pair[0]."
)
_MISSING: Final = object()


class Spelling:
    """See the module. A name that stands anywhere in the sources of the object's classes may come later: it is taken.

    Args:
        it: an object, or the module itself.
        module: in which texts are evaluated.
    """

    def __init__(self, it: object, module: ModuleType) -> None:
        self._it, self._module = it, module
        kinds = [] if isinstance(it, ModuleType) else type(it).__mro__[:-1]
        modules = dict.fromkeys([module.__name__, *(kind.__module__ for kind in kinds)])
        self._source = "\n".join(_source(sys.modules.get(name)) for name in modules)
        self._open = any("__getattr__" in vars(kind) or "__getattribute__" in vars(kind) for kind in kinds)

    def check(self, texts: Iterable[str]) -> None:
        """Look at all texts together: what one of them assigns, another may use.

        Raises:
            TargetError: a name is unknown, or `it` is assigned, or a name in a way that only its own text knows.
        """
        trees = {text: ast.parse(checked(text)) for text in texts}
        own = {name for tree in trees.values() for name in _assigned(tree)}
        if IT in own:
            raise TargetError("`it` is the object that is graded: give what a call returns another name.")
        _check_kept(trees)
        for text, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == IT:
                    self._check_attribute(text, node)
                elif isinstance(node, ast.Name) and node.id not in own:
                    self._check_name(text, node.id)

    def _check_attribute(self, text: str, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Store) or self._has(node.attr) or self._open or self._comes_later(node.attr):
            return
        holder = self._it.__name__ if isinstance(self._it, ModuleType) else f"A {type(self._it).__name__}"
        names = [name for name in dir(self._it) if not name.startswith("_")]
        raise TargetError(f"{text}: {holder} has no {node.attr!r}.{close(node.attr, names)}")

    def _check_name(self, text: str, name: str) -> None:
        if name == IT or name in vars(self._module) or hasattr(builtins, name):
            return
        if self._has(name):
            raise TargetError(f"{text}: `it` is the object. Write it.{name}.")
        if not self._comes_later(name):
            raise TargetError(f"{text}: there is no {name!r} in {self._module.__name__}.{close(name, self._names())}")

    def _names(self) -> list[str]:
        return [name for name in vars(self._module) if not name.startswith("_")]

    def _has(self, name: str) -> bool:
        return inspect.getattr_static(self._it, name, _MISSING) is not _MISSING

    def _comes_later(self, name: str) -> bool:
        return re.search(rf"\b{re.escape(name)}\b", self._source) is not None


def refuse_ignored(choice: Choice, given: Given) -> None:
    """Refuse to ignore what cannot occur: it would hide nothing, and its author believes that it does.

    Raises:
        TargetError: it is no call that is made, no method, and no name of an exception.
    """
    texts = {*choice.then, *(text for calls in (choice.calls, *choice.program(choice.tasks).tasks) for text in calls)}
    for what in given.ignore:
        if not what.isidentifier() and what not in texts:
            raise TargetError(
                f"Nothing to ignore is written {what!r}.{close(what, texts)} Give a call or an observation as it is "
                "written, the name of a method, or the name of an exception's class."
            )


def _check_kept(trees: dict[str, ast.Module]) -> None:
    """Refuse a name that is assigned as only its own text knows it, if another text uses it."""
    kept = {assignment(text)[0] for text in trees}
    lost = {name: text for text, tree in trees.items() for name in _targets(tree) if name not in kept}
    for text, tree in trees.items():
        own = {text, *_assigned(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in lost and own.isdisjoint((node.id, lost[node.id])):
                raise TargetError(LOST.format(lost[node.id], node.id))


def _targets(tree: ast.AST) -> Iterator[str]:
    """The names that are assigned to, and no other names that belong to a part of a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from (name for target in node.targets for name in _assigned(target))
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            yield from _assigned(node.target)


def _assigned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.ExceptHandler | ast.FunctionDef | ast.ClassDef | ast.MatchAs) and node.name:
            yield node.name


def _source(module: Any) -> str:
    try:
        return inspect.getsource(module)
    except (OSError, TypeError):
        return ""
