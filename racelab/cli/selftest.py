"""Runs ruff, mypy and pytest one after another, and finds or installs the browser that pytest needs."""

from __future__ import annotations

import compileall
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from ..home import COMMAND, ROOT

LEFT_OUT = ("browser", "Locust", "stress", "package", "commands", "exhaustive")
"""What `--quick` leaves out; in lower case these are pytest's markers."""
# tests/conftest.py says which tests may run beside others, and which begin first. Those with servers and loads mostly
# wait: measured, three processes leave a third of two processors idle, and five nothing. A worker more than six has
# nothing left to do.
IN_PARALLEL = ("-n", str(min(6, (os.cpu_count() or 1) + 3)), "--dist", "loadscope", "--no-loadscope-reorder")
COMPILED = ("racelab", "session_manager")
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
"""The first is Chromium without a window of its own: it needs half the processor time, and draws the same pages."""
DEBIAN = Path("/etc/debian_version")
PACKAGES = ("chromium-headless-shell", "chromium")
"""The older Debians and Ubuntu do not have the first."""
MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NO_BROWSER = """
************************************************************************************************
The browser tests will be SKIPPED: no Chromium was found, so the pages are not tested.
Debian, Ubuntu: sudo apt install chromium.  Fedora: sudo dnf install chromium.  macOS: Google Chrome.
Elsewhere: set RACELAB_CHROMIUM to the path of a Chromium or Chrome, and run the tests again.
************************************************************************************************
"""


def run(pytest_arguments: Sequence[str], *, quick: bool = False) -> int:
    """Run all three, even if one fails: one run then reports every problem.

    Args:
        pytest_arguments: handed to pytest. With any, pytest runs in one process, so that `--pdb` and `-s` work.
        quick: leave out the tests marked with one of `LEFT_OUT`.

    Returns:
        The exit code: 0 if all pass, 1 if one fails, 2 if the tools are not installed.
    """
    if not importlib.util.find_spec("pytest"):
        print(f"The test tools are not installed. `{COMMAND} test` installs and runs them.", file=sys.stderr)
        return 2
    started = time.monotonic()
    environment = dict(os.environ) if quick else _with_browser()
    _compile()
    with nullcontext() if pytest_arguments else _collected():
        failed = [tool[0] for tool in (["ruff", "check", "."], ["mypy"]) if not _passes(tool, environment)]
    failed += [] if _passes(_pytest(pytest_arguments, quick), environment) else ["pytest"]
    result = f"Failed: {', '.join(failed)}." if failed else "ruff, mypy and pytest all pass."
    print(f"{result} Total time: {time.monotonic() - started:.0f} s.")
    if quick:
        print(f"Left out: {', '.join(LEFT_OUT)}", flush=True)
    return 1 if failed else 0


def _compile() -> None:
    """Compile the lab once. Where Python is told to keep no bytecode, each of a thousand processes would do it anew."""
    for folder in COMPILED:
        compileall.compile_dir(ROOT / folder, quiet=2)  # what is wrong with a file, ruff says


@contextmanager
def _collected() -> Iterator[None]:
    """Let pytest read all tests and keep what it makes of them, meanwhile: else each of its processes would do that."""
    keeps = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    words = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider"]
    with subprocess.Popen(words, cwd=ROOT, env=keeps, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        yield  # what is wrong with a test, pytest says when it runs them


def _pytest(arguments: Sequence[str], quick: bool) -> list[str]:
    """The command. The choice of `quick` comes last, because the last `-m` counts."""
    parallel = () if arguments else IN_PARALLEL
    chosen = ("-m", f"not ({' or '.join(LEFT_OUT).lower()})") if quick else ()
    return ["pytest", "--durations", "10", *parallel, *arguments, *chosen]


def _with_browser() -> dict[str, str]:
    """The environment for pytest: RACELAB_CHROMIUM names the browser, or is absent and a notice says so."""
    environment = dict(os.environ)
    if browser := find_chromium() or install_chromium():
        environment["RACELAB_CHROMIUM"] = browser
    else:
        environment.pop("RACELAB_CHROMIUM", None)
        print(NO_BROWSER, flush=True)
    return environment


def find_chromium() -> str:
    """The browser for the tests: that of RACELAB_CHROMIUM, or an installed one; empty if there is none."""
    named = os.environ.get("RACELAB_CHROMIUM", "")
    on_path = (shutil.which(name) for name in (named, *BROWSERS) if name)
    on_mac = (path for path in MAC_BROWSERS if Path(path).exists())
    return next(filter(None, [*on_path, *on_mac]), "")


def install_chromium() -> str:
    """Install it on Debian as root, which needs no password. Empty if that is not possible."""
    if os.geteuid() != 0 or not DEBIAN.exists() or not shutil.which("apt-get"):
        return ""
    print("Installing Chromium for the browser tests with apt-get ...", flush=True)
    if said := _apt_get("update", "-q"):
        print(f"`apt-get update` failed:\n{said}", file=sys.stderr)
        return ""
    for package in PACKAGES:
        said = _apt_get("install", "-y", "-q", "--no-install-recommends", package)
        if not said:
            return find_chromium()
        print(f"`apt-get install {package}` failed:\n{said}", file=sys.stderr)
    return ""


def _apt_get(*arguments: str) -> str:
    """Run it. What it says if it fails, or nothing."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", *arguments]
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.stderr[-2000:] or f"exit code {done.returncode}" if done.returncode else ""


def _passes(tool: Sequence[str], environment: dict[str, str]) -> bool:
    print(f"\n== {' '.join(tool)}", flush=True)
    return subprocess.run([sys.executable, "-m", *tool], cwd=ROOT, env=environment, check=False).returncode == 0
