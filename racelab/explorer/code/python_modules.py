"""Which modules of the standard library may take part in an execution as they are, and which need something else.

A module that neither waits, nor starts anything, nor keeps state in which tasks could meet is `harmless`. What a
`reported` one does outside of the process is told by Python itself (see `outside`). A few that call the author's
functions, keep locks or draw random numbers are rewritten (see `own_copies`). Any other one makes a verdict impossible
as soon as anything of it runs.
"""

from __future__ import annotations

import sys
from typing import Final

LEFT_ALONE: Final = frozenset(
    {"racelab", "greenlet", "pytest", "_pytest", "pluggy", "hypothesis", "attr", "attrs", "typing_extensions"}
)
"""Packages outside of the standard library that stay as they are: the lab, tools for tests, makers of classes."""
HARMLESS_COMPILED: Final = frozenset(
    {"pydantic_core", "orjson", "ujson", "rapidjson", "msgpack", "msgspec", "cbor2", "xxhash", "brotli", "zstandard"}
    | {"rpds", "jiter", "bcrypt", "blake3", "regex"}
)
"""Compiled packages that neither wait, nor start anything, nor keep state in which tasks could meet."""
HIDDEN: Final = frozenset({"_queue", "_uuid"})
"""Compiled modules that there seem not to be: the module above has the same in Python, or does without."""
NOT_MODELLED: Final = "The module {} is used, and it is not modelled: what it does cannot be explored."

_WAIT_OR_START: Final = frozenset(
    {
        "_asyncio",
        "_ctypes",
        "_curses",
        "_interpreters",
        "_multiprocessing",
        "_posixshmem",
        "_posixsubprocess",
    }
    | {"_thread", "_threading_local", "_xxsubinterpreters"}
)
_HARMLESS: Final = """
abc argparse array ast base64 binascii bisect builtins calendar cmath codecs collections colorsys configparser
contextvars copy copyreg csv dataclasses datetime decimal difflib dis encodings enum errno fnmatch fractions gc
genericpath getopt gettext graphlib hashlib heapq hmac html importlib inspect io ipaddress itertools json keyword
linecache locale marshal math mimetypes numbers opcode operator optparse os pathlib pickle pickletools pkgutil platform
plistlib posix posixpath pprint pwd quopri re reprlib shlex site stat statistics string stringprep struct symtable sys
sysconfig textwrap token tokenize tomllib traceback types typing unicodedata unittest urllib warnings weakref xml
zipimport zlib zoneinfo
"""
_REPORTED: Final = """
asyncio bz2 email fcntl ftplib getpass glob gzip http imaplib lzma mmap netrc nntplib poplib select selectors shutil
smtplib socket socketserver ssl subprocess tarfile tempfile webbrowser zipfile
"""
_MAY_STAY: Final = frozenset(f"{_HARMLESS} {_REPORTED}".split())


def is_of_python(name: str) -> bool:
    """Whether a module belongs to the standard library, by its name."""
    return name.partition(".")[0] in sys.stdlib_module_names


def may_stay(name: str) -> bool:
    """Whether a module of the standard library may take part as it is."""
    top = name.partition(".")[0]
    if top.startswith("_"):
        return top not in _WAIT_OR_START
    return top in _MAY_STAY
