"""Modules of Python's that are written in Python: which of their functions change something of their module."""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from racelab.explorer.code.c_functions import may_keep
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


def functions() -> Iterator[str]:
    """All that change a name of their own module, or a container there, with their modules."""
    library = Path(sysconfig.get_path("stdlib"))
    for file in sorted(library.rglob("*.py")):
        name = ".".join(file.relative_to(library).with_suffix("").parts).removesuffix(".__init__")
        if may_stay(name) and not name.startswith("_") and not {"test", "tests", "site-packages"} & set(file.parts):
            tree = ast.parse(file.read_bytes())
            known = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
            yield from (f"{name}.{one}" for one in _changing(tree, "", known))


def _changing(tree: ast.AST, inside: str, known: set[str]) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _changing(node, f"{inside}{node.name}.", known)
        elif isinstance(node, ast.FunctionDef):
            own = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
            own |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
            if any(_changes(one, known - own) for one in ast.walk(node)):
                yield inside + node.name
        else:
            yield from _changing(node, inside, known)


def _changes(node: ast.AST, known: set[str]) -> bool:
    if isinstance(node, ast.Global):
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING.split():
        owner: ast.AST = node.func.value
    elif isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
        owner = node.value
    else:
        return False
    return isinstance(owner, ast.Name) and owner.id in known


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="read for Python 3.11 to 3.13")
def test_every_function_that_changes_its_module_is_known() -> None:
    """It touches a known state, leaves a gap, or only keeps what it has computed."""
    known = tuple(COMPUTED.split())
    found = [name for name in functions() if not may_keep(name, in_python=True) and name not in USES]
    modelled = tuple(f"{name}." for name in MODELLED)
    assert not [name for name in found if not name.startswith((*known, *modelled))]
