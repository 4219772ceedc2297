#!/usr/bin/env python3
"""The front door: sets everything up, then hands over to `python -m racelab` in the environment it made.

Only the standard library, and only syntax that an old Python 3 can read, which must be able to say what is missing.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Iterator, List

HELP = """Session Race Lab: measure which acknowledged changes a session manager loses, and replay how it loses them.

  python3 lab.py demo          start a server, run 24 users for 20 seconds, and compare acknowledged with stored
                               changes. Open the address that it prints. Ctrl-C stops it.
  python3 lab.py serve         the server alone, at http://127.0.0.1:8000; --redis --workers 3: the same bugs over Redis
  python3 lab.py load NAME     one workload, and its verdict: lost_updates, stale_overwrites, cleanup_leak,
                               phantom_sessions or mixed. Try: load lost_updates --variant fixed
  python3 lab.py grade TARGET  any class as it is, such as cache.py:Cache, in every interleaving: docs/grade.md
  python3 lab.py learn         exercises: correct one class after another, until it is proved right: docs/learn.md
  python3 lab.py check URL     the session store of your own server, in any language: docs/check.md
  python3 lab.py survey list   the session stores that people run, and what each does: docs/survey.md; survey run NAME
  python3 lab.py class         a lesson for twenty in 45 minutes: plan, big pages, one picture: docs/class.md
  python3 lab.py explore NAME  every interleaving of a small program. Try: explore lost-increment, then --variant fixed
  python3 lab.py replay NAME SCHEDULE   run one of them again: replay lost-increment "A1 B3 A2"
  python3 lab.py matrix        every fix on every such program: which of them hold, and what breaks the others
  python3 lab.py test          the linters and all tests; `test --quick` takes about a minute, `test -k words` runs some

There are two managers: `buggy`, which is wrong on purpose, and `fixed`, the reference answer; for several processes,
`redis-buggy`, `redis-fixed` and `postgres-fixed`. There are four bugs: lost updates, stale overwrites, a cleanup queue
that only grows, and phantom sessions. On buggy the verdict is "do not agree", on fixed "agree".

The first run makes .venv and installs what requirements.txt pins (one to three minutes); later runs start at once.
Nothing is installed outside this folder, with one exception: `test` as root on Debian gets Chromium with apt-get.

  python3 lab.py demo --help   every command explains itself like this
  exit codes                   0 as expected, 1 requests failed, 2 wrong usage, 3 anomalies where none were expected (or
                               none where some were), 4 nothing was measured, or cannot tell

Start with: python3 lab.py demo
"""

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / ".venv.lock"
BUSY = ROOT / ".venv.busy"  # there while .venv is made: if it outlives that, the work was cut short
EVERY = 1 if sys.stderr.isatty() else 15  # seconds between two words on how far it is
NEEDED = (3, 11)
RUN, DEV = "requirements.txt", "requirements-dev.txt"
OF_READERS = ("grade", "explore")  # import a reader's own code


NO_VENV = """
This Python cannot make an environment on its own: it comes without the venv module, or without a pip (22.3 or newer).
On Debian or Ubuntu: `apt install python3-venv`. Elsewhere: a Python from python.org or `brew install python` has both.
Then run the same command again. If pip says above that it cannot reach a server, look at the network first.
"""
NO_PACKAGES = """
The packages could not be installed; pip says why above. Most often it cannot reach its server: look at the network, or
at the proxy that pip is to use. Then run the same command again: what was left half done is done over.
"""


class SetUpFailed(Exception):
    """What happened, why, and what to do next, in words for the person at the terminal."""


class StepFailed(SetUpFailed):
    """A command of the set-up ended with an error."""


def main(arguments: List[str]) -> int:
    """Help needs nothing; everything else needs a Python, an environment, and then the command itself."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    try:
        check_computer()
        set_up(DEV if arguments[0] == "test" else RUN)
    except SetUpFailed as reason:
        say(str(reason))
        return 2
    except OSError as error:
        say(
            "Set-up failed: {}.\nIt writes only into {}. Make sure that you own that folder, that the disk is not full,"
            " and run the same command again.".format(error, ROOT)
        )
        return 2
    except KeyboardInterrupt:
        say("\nInterrupted. Run the same command again: what was left half done is done over.")
        return 130
    return hand_over(arguments)


def hand_over(arguments: List[str]) -> int:
    """Become the real command. -P: a file named app.py where the reader stands must not be taken for ours.

    What imports a reader's own code finds it as the reader's Python does, after ours; nothing else goes by PYTHONPATH,
    because it may lead to packages of another Python.
    """
    command = [str(PYTHON), "-P", "-m", "racelab", *arguments]
    theirs = os.environ.get("PYTHONPATH", "").split(os.pathsep) if arguments[0] in OF_READERS else []
    path = os.pathsep.join([str(ROOT), *filter(None, theirs)])
    os.execve(command[0], command, dict(os.environ, PYTHONPATH=path))


def check_computer() -> None:
    """Say early, and in words, what would otherwise end in a traceback."""
    if sys.platform == "win32":
        raise SetUpFailed(
            "Session Race Lab runs on Linux and macOS: gunicorn, its web server, does not run on Windows itself.\n"
            "Inside WSL it works: run `wsl --install` once, open the Linux terminal, and run the same command there."
        )
    if tuple(sys.version_info[:2]) < NEEDED:
        raise SetUpFailed(
            "Session Race Lab needs Python {}.{} or newer, you have {}.{}.{}; try {}.".format(
                *NEEDED, *sys.version_info[:3], newer_python()
            )
        )


def newer_python() -> str:
    """Name a Python that is really there, if there is one."""
    for name in ("python3.13", "python3.12", "python3.11", "python3.14"):
        with contextlib.suppress(OSError):
            if shutil.which(name) and subprocess.call([name, "-c", ""], stderr=subprocess.DEVNULL) == 0:
                return "`{} lab.py {}`".format(name, " ".join(sys.argv[1:]))
    return "`apt install python3.11`, `brew install python`, or python.org/downloads"


def set_up(wanted: str) -> None:
    """Make sure that what the `wanted` file pins is installed. Costs a hash when it already is."""
    if is_ready(wanted):
        return
    with alone() as lock:
        if is_ready(wanted):  # the one we waited for has done it
            return
        if BUSY.exists():
            say("The last set-up was interrupted or failed. It begins again; pip keeps most of what it has downloaded.")
        fresh = not is_ready(RUN)
        BUSY.touch()
        if fresh:
            make_environment(lock)
        install(wanted, lock, "Step 2 of 2" if fresh else "Step 1 of 1")
        for done in {RUN, wanted}:
            stamp(done).write_text(fingerprint(done))
        BUSY.unlink()


def is_ready(requirements: str) -> bool:
    """Whether exactly these pins were installed to the end, for this Python, in this place. Nothing is half done."""
    with contextlib.suppress(OSError):
        return not BUSY.exists() and PYTHON.exists() and stamp(requirements).read_text() == fingerprint(requirements)
    return False


def stamp(requirements: str) -> Path:
    """The note that is written last, after an installation that went through."""
    return VENV / (".lab-" + requirements)


def fingerprint(requirements: str) -> str:
    """Changes with the pins, with the Python, and when the folder is moved (an environment cannot be)."""
    parts = [(ROOT / requirements).read_bytes(), sys.version.encode(), str(VENV).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@contextlib.contextmanager
def alone() -> Iterator[IO[str]]:
    """Only one set-up at a time. The installers inherit the lock: it holds until the last of them is gone."""
    import fcntl

    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work in this folder. Waiting for it to finish.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def make_environment(lock: IO[str]) -> None:
    """A fresh .venv, with a pip in it where this Python can do that. An older or half-made one is thrown away."""
    if VENV.is_symlink():
        raise SetUpFailed(
            "{} is a link to {}, which is another project's environment, or was made by another Python. It is not\n"
            "touched. Remove the link (the folder stays), and run the same command again.".format(VENV, VENV.resolve())
        )
    command = [base_python(), "-m", "venv", "--clear", str(VENV)]
    making = "Step 1 of 2: making .venv with Python {}.{}.{}".format(*sys.version_info[:3])
    try:
        run(making, command, lock)
    except StepFailed:
        run(making + ", this time without pip", [*command, "--without-pip"], lock, NO_VENV)


def install(requirements: str, lock: IO[str], step: str) -> None:
    """Exactly the pinned versions, each with the hash that was pinned with it."""
    what = "{}: installing what {} pins".format(step, requirements)
    quietly = ["--no-input", "--disable-pip-version-check"]
    wanted = ["install", "--require-hashes", *quietly, "-r", str(ROOT / requirements)]
    inside = [str(PYTHON), "-I", "-m", "pip"]
    if subprocess.call([*inside, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
        run(what, inside + wanted, lock, NO_PACKAGES)
    else:
        outside = [base_python(), "-m", "pip", "--python", str(PYTHON)]
        run(what + ", with the system's pip", outside + wanted, lock, NO_VENV)


def base_python() -> str:
    """The Python behind this one: .venv/bin/python itself may be about to be replaced."""
    return getattr(sys, "_base_executable", None) or sys.executable


def run(what: str, command: List[str], lock: IO[str], advice: str = "") -> None:
    """One line per step, which tells how far it is. The command's own words only if it fails, and then what to do."""
    say(what + " ... ", end="")
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, pass_fds=[lock.fileno()]
        )
        try:
            due = started + EVERY
            while not ended(process):
                if time.monotonic() >= due:
                    due += EVERY
                    tell(what, how_far(said, time.monotonic() - started))
        finally:
            process.kill()  # if this was interrupted
            process.wait()
        said.seek(0)
        words = said.read().splitlines()
    if sys.stderr.isatty():
        tell(what, "")
    if process.returncode != 0:
        say("failed.")
        raise StepFailed("\n".join(words[-12:]) + "\n" + advice)
    say("done, {:.0f} s".format(time.monotonic() - started))


def ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it has, after a moment."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.2)
    return process.poll() is not None


def how_far(said: IO[str], seconds: float) -> str:
    """The time; and what pip does, if it is that: it names each package first, and installs all of them in the end."""
    words = os.pread(said.fileno(), 1 << 24, 0).decode(errors="replace")
    found = words.count("\nCollecting ") + words.startswith("Collecting ")
    packages = "{} packages {}, ".format(found, "put in place" if "\nInstalling coll" in words else "fetched")
    return "{}{:.0f} s".format(packages if found else "", seconds)


def tell(what: str, far: str) -> None:
    """In place on a terminal; elsewhere on a line of its own."""
    if sys.stderr.isatty():
        line = "{} ... {}".format(what, far)
        say("\r\x1b[2K" + line[: shutil.get_terminal_size().columns - 1], end="")
    else:
        say("\n  {} ... ".format(far), end="")


def say(words: str, end: str = "\n") -> None:
    """To stderr, so that what a command prints can be piped on."""
    print(words, file=sys.stderr, end=end, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
