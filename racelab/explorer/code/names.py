"""The name of the module that an import means: relative ones, and the names of a `from` list."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

NO_PARENT: Final = "attempted relative import with no known parent package"
TOO_HIGH: Final = "attempted relative import beyond top-level package"


def absolute(name: str, namespace: Mapping[str, Any] | None, level: int) -> str:
    """The full name.

    Args:
        name: as it stands in the source, without dots before it.
        namespace: the globals of the module that imports.
        level: how many dots stand before it.

    Raises:
        ImportError: there is no package so high.
    """
    if not level:
        return name
    package = _package(namespace or {})
    if not package:
        raise ImportError(NO_PARENT)
    parts = package.split(".")
    if level > len(parts):
        raise ImportError(TOO_HIGH)
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{name}" if name else base


def wanted(module: ModuleType, names: tuple[str, ...]) -> list[str]:
    """The names of a `from` list that a package does not have, and that may be modules in it."""
    if not hasattr(module, "__path__"):
        return []
    listed = getattr(module, "__all__", ()) if "*" in names else ()
    return [name for name in (*names, *listed) if name != "*" and not hasattr(module, name)]


def _package(namespace: Mapping[str, Any]) -> str:
    package = namespace.get("__package__")
    if package is not None:
        return str(package)
    spec = namespace.get("__spec__")
    if spec is not None:
        return str(spec.parent)
    name = str(namespace.get("__name__", ""))
    return name if "__path__" in namespace else name.rpartition(".")[0]
