"""What TARGET names: `module:Class`, `path.py:Class`, `module:function`, or a file with the calls to grade.

Nothing is imported here: what a name stands for is found out in a process of its own, by `choosing/resolve.py`.
"""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FORMS: Final = "Write module:Class, path.py:Class, module:function, or the path of a file that --save has written."


class TargetError(Exception):
    """TARGET cannot be graded: what happened, why, and what to do, in sentences.

    Attributes:
        undecided: the name is right, but no verdict is possible: as with compiled code.
        names: what could be graded in its place.
    """

    def __init__(self, sentences: str, undecided: bool = False, names: tuple[str, ...] = ()) -> None:
        super().__init__(sentences)
        self.undecided, self.names = undecided, names

    def __reduce__(self) -> tuple[type[TargetError], tuple[str, bool, tuple[str, ...]]]:
        return type(self), (str(self), self.undecided, self.names)


@dataclass(frozen=True, slots=True)
class Named:
    """See the module.

    Attributes:
        word: as it was typed.
        root: the folder that imports begin in.
        module: by its dotted name.
        name: in the module, dots allowed; empty if only the module was named.
        paths: further folders to import from.
    """

    word: str
    root: str
    module: str
    name: str = ""
    paths: tuple[str, ...] = ()


def read(word: str, folder: Path) -> Named:
    """What a word names, seen from a folder.

    Raises:
        TargetError: it has no form of a target, or names a file that is not there or does not parse.
    """
    place, colon, name = word.rpartition(":") if ":" in word else (word, "", "")
    if (colon and not name) or not place:
        raise TargetError(f"{word!r} does not name anything to grade. {FORMS}")
    if name and not all(part.isidentifier() for part in name.split(".")):
        raise TargetError(f"{name!r} is not a name in Python. {FORMS} Calls are given with --call or --task.")
    if place.endswith(".py") or "/" in place or _is_folder(folder, place):
        try:
            return _in_file(word, folder / Path(place).expanduser(), name)
        except (OSError, RuntimeError, ValueError) as problem:  # too long, not allowed, or of nobody's home
            raise TargetError(f"{place[:80]!r} cannot be read: {problem}. {FORMS}") from None
    if not all(part.isidentifier() for part in place.split(".")):
        raise TargetError(f"{place!r} is neither a module nor a file that ends in .py. {FORMS}")
    _refuse_standard_library(place)
    return Named(word, str(folder), place, name)


def _is_folder(folder: Path, place: str) -> bool:
    try:
        return (folder / place).is_dir()
    except (OSError, ValueError):
        return False


def close(name: str, names: Iterable[str]) -> str:
    """' Did you mean x?', or nothing."""
    near = difflib.get_close_matches(name, sorted(set(names)), 2, 0.6)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _in_file(word: str, path: Path, name: str) -> Named:
    if path.is_dir():
        found = [each.name for each in sorted(path.glob("*.py"))]
        inside = f"It has {', '.join(found[:8])}." if found else "It has no Python file."
        raise TargetError(f"{path} is a folder. {inside} Name a file and a class in it: {path}/FILE.py:Class")
    if not path.is_file():
        beside = [each.name for each in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise TargetError(f"There is no file {path}.{close(path.name, beside)} {FORMS}")
    path = path.resolve()
    tree = parsed(path)
    if "." in path.stem:
        raise TargetError(f"{path.name} cannot be imported, because its name has a dot. Rename the file.")
    root, parts = path.parent, [path.stem]
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    if parts[-1] == "__init__":
        parts.pop()
    _refuse_standard_library(parts[0], path)
    return Named(
        word, str(root), ".".join(parts), name, tuple(str((path.parent / each).resolve()) for each in _roots(tree))
    )


def parsed(path: Path) -> ast.Module:
    """The source of a file.

    Raises:
        TargetError: it is not Python, or not text.
    """
    try:
        return ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise TargetError(
            f"{path.name} does not parse: line {error.lineno}: {error.msg}{': ' + line if line else ''}. "
            f"Python {sys.version_info[0]}.{sys.version_info[1]} reads it here; correct the line, and try again."
        ) from None
    except ValueError as error:
        raise TargetError(
            f"{path.name} is not Python source: {error}. Name a file with the source of a class."
        ) from None


def _roots(tree: ast.Module) -> list[str]:
    """The value of `ROOT` in a file of calls: a folder, relative to the file's."""
    return [
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and [getattr(target, "id", "") for target in node.targets] == ["ROOT"]
    ]


def _refuse_standard_library(module: str, path: Path | None = None) -> None:
    top = module.partition(".")[0]
    if top not in sys.stdlib_module_names:
        return
    if path is not None:
        raise TargetError(
            f"{path.name} has the name of a module of the standard library, which would be imported in its place. "
            f"Rename the file, such as my_{path.name}."
        )
    raise TargetError(
        f"{module} is in the standard library. The grader puts models in the place of its threads, locks, queues and "
        f"clocks, and does not look into the rest. To grade a class of it, copy its file under another name, and "
        "name that file.",
        undecided=True,
    )
