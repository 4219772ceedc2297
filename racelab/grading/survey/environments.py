"""An environment of its own for the packages of a row: made when needed, with every package pinned by its hash."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from racelab import home

PINS = Path(__file__).parent / "environments"
NODE = "express"
"""The environment that npm makes. pip makes the others."""
PATIENCE = 600.0
"""Seconds for one step of an installation."""
QUIETLY = ("--no-input", "--disable-pip-version-check", "--quiet")
NO_NODE = "Node.js is not installed, or comes without npm. `apt install nodejs npm` or `brew install node` has both."
NO_PIP = "No pip is at hand to install them with. `apt install python3-pip`, or a Python from python.org, has one."
NO_NETWORK = "Most often the server of the packages cannot be reached: look at the network, or at the proxy in use."

VERSIONS = """
import importlib.metadata, json, sys
print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""


class NotInstalled(Exception):
    """The packages of an environment cannot be had: what happened, why, and what to do next."""


def folder() -> Path:
    """Where the environments are: RACELAB_SURVEY, or `.survey` in the checkout, or else in the current folder."""
    return home.written("RACELAB_SURVEY", ".survey")


def python(name: str) -> str:
    """The Python of an environment; that of this process for the project's own."""
    return str(folder() / name / "bin" / "python") if name else sys.executable


def is_ready(name: str) -> bool:
    """Whether exactly what is pinned today was installed there to the end."""
    if not name:
        return True
    try:
        return _stamp(name).read_text(encoding="utf-8") == _fingerprint(name)
    except OSError:
        return False


def make(name: str, tell: Callable[[str], None]) -> None:
    """Make sure that an environment is there. One that was interrupted or has other pins is made anew.

    Args:
        name: of the environment.
        tell: hears what is being done.

    Raises:
        NotInstalled: in words.
    """
    if is_ready(name):
        return
    folder().mkdir(parents=True, exist_ok=True)
    with _alone(name, tell):
        if is_ready(name):  # the one we waited for has done it
            return
        shutil.rmtree(folder() / name, ignore_errors=True)
        (_npm if name == NODE else _pip)(name, tell)
        _stamp(name).write_text(_fingerprint(name), encoding="utf-8")


def versions(name: str, packages: Sequence[str]) -> dict[str, str]:
    """The versions of some packages, as they are installed there.

    Raises:
        NotInstalled: one of them is not.
    """
    if name == NODE:
        modules = folder() / name / "node_modules"
        try:
            return {
                each: str(json.loads((modules / each / "package.json").read_text())["version"]) for each in packages
            }
        except (OSError, ValueError, LookupError) as problem:
            raise NotInstalled(f"The environment {name} is damaged ({problem}). Remove {folder() / name}.") from None
    done = subprocess.run(
        [python(name), "-I", "-c", VERSIONS, *packages], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise NotInstalled(f"The environment {name or 'of the lab'} lacks a package: {done.stderr.splitlines()[-1:]}")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _pip(name: str, tell: Callable[[str], None]) -> None:
    """A virtual environment without a pip of its own: ours fills it, which saves half of the time."""
    here, pins = folder() / name, PINS / f"{name}.txt"
    tell(f"Making an environment for {name}")
    _run([sys.executable, "-m", "venv", "--without-pip", str(here)], "make an environment", here.parent)
    tell(f"Installing what {pins.name} pins")
    command = [*_a_pip(), "--python", str(here / "bin" / "python"), "install", "--require-hashes", *QUIETLY]
    _run([*command, "-r", str(pins)], f"install what {pins.name} pins", here)


def _a_pip() -> list[str]:
    """The pip of this Python, or of the one behind it."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    for each in dict.fromkeys((sys.executable, base)):
        if subprocess.run([each, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return [each, "-m", "pip"]
    raise NotInstalled(NO_PIP)


def _npm(name: str, tell: Callable[[str], None]) -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotInstalled(NO_NODE)
    here = folder() / name
    here.mkdir()
    for file in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name / file, here / file)
    tell("Installing what package-lock.json pins")
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "install what package-lock.json pins", here)


def _run(command: Sequence[str], what: str, where: Path) -> None:
    """Run one step; its output is told only if it fails."""
    try:
        done = subprocess.run(
            command, cwd=where, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"To {what} took more than {PATIENCE:.0f} s. {NO_NETWORK}") from None
    if done.returncode:
        told = "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:])
        raise NotInstalled(f"Could not {what}:\n{told}\n{NO_NETWORK}")


def _stamp(name: str) -> Path:
    """The note that is written last, after an installation that went through."""
    return folder() / name / ".installed"


def _fingerprint(name: str) -> str:
    """Changes with the pins, with the Python, and when the folder is moved (an environment cannot be)."""
    pins = PINS / name / "package-lock.json" if name == NODE else PINS / f"{name}.txt"
    made_by = b"npm" if name == NODE else sys.version.encode()
    return hashlib.sha256(b"\0".join([pins.read_bytes(), made_by, str(folder()).encode()])).hexdigest()


@contextmanager
def _alone(name: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Only one installation of an environment at a time."""
    with (folder() / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"Waiting for another installation of {name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
