"""Modules of Python's that are written in Python: which of their functions change something of their module."""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from racelab.explorer.code.c_functions import CACHES, may_keep
from racelab.explorer.code.process_state import USES
from racelab.explorer.code.python_modules import may_stay
from racelab.explorer.primitives import MODELLED

CHANGING = "append insert update pop add clear setdefault remove extend discard popitem"
COMPUTED = """
asyncio base64 encodings ftplib importlib inspect ipaddress linecache opcode pickletools platform posixpath pkgutil re
site sysconfig tempfile typing unittest zipfile zipimport email.mime email._header_value_parser http urllib.parse
xml.etree.ElementPath urllib.request.urlopen urllib.request.urlretrieve urllib.request.localhost
urllib.request.thishost urllib.request.ftperrors urllib.request.noheaders imaplib.IMAP4.xatom io.__getattr__
gettext.translation copyreg.clear_extension_cache email.charset shutil._ webbrowser.register_standard_browsers
mimetypes._default_mime_types warnings._ zoneinfo._tzpath._reset_tzpath ctypes subprocess ssl
"""
"""Modules and functions that only keep what they have computed, are refused by Python's audit, or serve tests."""
NOT_MET = """
_pyrepl
asyncio.events asyncio.tasks base64 calendar.c copyreg.dispatch_table email imaplib importlib opcode os shutil
subprocess typing._overload_registry unittest urllib.request webbrowser xml.dom xml.etree.ElementTree
copyreg._extension_registry copyreg._inverted_registry gettext._localedirs warnings.filters mimetypes
"""
"""Containers that a known state is, that only functions change which leave a gap, that change while a module is
imported, or that what is not modelled uses."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """All that may take part as they are."""
    library = Path(sysconfig.get_path("stdlib"))
    for file in sorted(library.rglob("*.py")):
        name = ".".join(file.relative_to(library).with_suffix("").parts).removesuffix(".__init__")
        if may_stay(name) and not {"test", "tests", "site-packages"} & set(file.parts):
            yield name, ast.parse(file.read_bytes())


def containers() -> Iterator[str]:
    """Those of a module that functions of it change, with their modules."""
    for name, tree in modules():
        plain = [one for one in tree.body if not isinstance(one, (ast.FunctionDef, ast.ClassDef))]
        known = set().union(*map(_set_in, plain))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                own = _set_in(function) | {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
                yield from (f"{name}.{_changed(one)}" for one in ast.walk(function) if _changed(one) in known - own)


def _set_in(tree: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def functions() -> Iterator[str]:
    """All that change a name of their own module, or a container there, with their modules."""
    for name, tree in modules():
        if not name.startswith("_"):
            known = _set_in(tree)
            yield from (f"{name}.{one}" for one in _changing(tree, "", known))


def _changing(tree: ast.AST, inside: str, known: set[str]) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _changing(node, f"{inside}{node.name}.", known)
        elif isinstance(node, ast.FunctionDef):
            own = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
            own |= _set_in(node)
            if any(_changes(one, known - own) for one in ast.walk(node)):
                yield inside + node.name
        else:
            yield from _changing(node, inside, known)


def _changes(node: ast.AST, known: set[str]) -> bool:
    return isinstance(node, ast.Global) or _changed(node) in known


def _changed(node: ast.AST) -> str:
    """The name of what is changed there; empty if nothing is."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING.split():
        owner: ast.AST = node.func.value
    elif isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
        owner = node.value
    else:
        return ""
    return owner.id if isinstance(owner, ast.Name) else ""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="read for Python 3.11 to 3.13")
def test_every_function_that_changes_its_module_is_known() -> None:
    """It touches a known state, leaves a gap, or only keeps what it has computed."""
    known = tuple(COMPUTED.split())
    found = [name for name in functions() if not may_keep(name, in_python=True) and name not in USES]
    modelled = tuple(f"{name}." for name in MODELLED)
    assert not [name for name in found if not name.startswith((*known, *modelled))]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="read for Python 3.11 to 3.13")
def test_every_container_that_a_module_changes_is_known() -> None:
    """Who looks into one is told that nobody records what happens to it."""
    found = {one for one in containers() if not one.startswith(tuple(NOT_MET.split()))}
    assert "linecache.cache" in found
    assert not found - CACHES
