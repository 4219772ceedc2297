"""The command `class`: a lesson of 45 minutes, with its plan in the terminal and its board in the browser."""

from __future__ import annotations

import os
import re
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .. import server
from ..bugs import ExitCode
from ..lesson import MINUTES, timed
from .options import port

if TYPE_CHECKING:
    from rich.console import Console

EVERYWHERE: Final = "0.0.0.0"
WARNING: Final = """\
Warning: with --share every computer of this network can open this lab, and nothing is asked for.
  They see all pages and the guesses, without names. They can change nothing: what is not read is refused.
  The session managers are wrong on purpose and there are no passwords. Do this only in a network that you trust.
"""


@click.command("class", short_help="A lesson for a class: plan, big pages, one picture.")
@click.option(
    "--students", type=click.IntRange(1, 200), default=20, show_default=True, metavar="N", help="Guesses expected."
)
@port
@click.option("--share", is_flag=True, help="Let the other computers of this network read the pages.")
@click.option("--no-browser", is_flag=True, help="Do not open the board; only print its address.")
def klass(students: int, port: int | None, share: bool, no_browser: bool) -> None:
    """Teach a class in 45 minutes: guess, see, repeat, open one loss, fix it.

    Prints the plan, serves the lab in big type for a projector, and opens the board /class. There you type what the
    students guess, one number and Enter each, and add what was measured: the runs of this computer, and exports of
    the students' own computers, dropped as files. The board draws both in one picture. Save it before you leave:
    Ctrl-C ends everything and prints a summary.

    One computer is enough. With --share others can follow on their own: they read, and change nothing. docs/class.md
    has the whole plan, with what to say, what students answer, and what to do when something goes differently.
    """
    from rich.console import Console

    sys.exit(run(Console(), students, port, share, not no_browser))


def run(console: Console, students: int, port: int | None, share: bool, browser: bool) -> int:
    """Serve the lesson until Ctrl-C. Returns the exit code."""
    from .demo import served
    from .terminal import say

    environ = {"RACELAB_CLASS": str(students), **_reachable(share)}
    host = EVERYWHERE if share else server.LOOPBACK
    with (
        tempfile.TemporaryDirectory(prefix="racelab-") as instance,
        served(Path(instance), port, console, environ=environ, host=host) as lab,
    ):
        board = f"{lab.url}/class"
        if share:
            say(console, WARNING, "yellow")
        say(console, "\n".join(plan(board, students, _elsewhere(lab) if share else [])))
        if browser:
            open_page(board)
        return _until_stopped(lab, console)


def plan(board: str, students: int, elsewhere: list[str]) -> list[str]:
    """The plan in half a screen.

    Args:
        board: its address here.
        students: how many are expected.
        elsewhere: its addresses for other computers.
    """
    steps = [f"  {begins:>2}-{ends:<2} {step.title:<10} {step.press}" for begins, ends, step in timed()]
    return [
        f"A class of {students} in {MINUTES} minutes. What to say at each step: docs/class.md",
        "",
        *steps,
        "",
        f"The board is at {board}",
        *(f"For the others, read only: {address}" for address in elsewhere),
        "Ctrl-C ends the lesson and prints a summary. Save the board first.",
    ]


def open_page(address: str) -> bool:
    """Open it in a browser with windows. One of the terminal would take the terminal, and on a bare server is none."""
    windows = sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")))
    with suppress(webbrowser.Error):
        return windows and webbrowser.open(address)
    return False


def summary(told: Mapping[str, Any]) -> list[str]:
    """What the class has come to, of `/class/class.json`."""
    many = "The conditions of the runs differ:" if told["conditions_differ"] else "Conditions:"
    lines = [*told["said"], *([f"{many} {' '.join(told['conditions'])}"] if told["conditions"] else [])]
    return ["", "The class:", *(f"  {line}" for line in lines)]


def _until_stopped(lab: server.Server, console: Console) -> int:
    from .demo import serve_until_stopped
    from .terminal import say

    code = serve_until_stopped(lab)
    if told := lab.ask("/class/class.json"):
        say(console, "\n".join(summary(told)))
    return code or ExitCode.AS_EXPECTED


def _reachable(share: bool) -> dict[str, str]:
    """Whether gunicorn may listen for others, and the names of this computer that they may use."""
    if not share:
        return {"RACELAB_ALLOW_REMOTE": "0"}
    own = re.sub(r"[^\w.-]", "", socket.gethostname(), flags=re.ASCII) or "localhost"
    given = os.environ.get("RACELAB_HOSTS", "")
    return {"RACELAB_ALLOW_REMOTE": "1", "RACELAB_HOSTS": ",".join(filter(None, (given, own, f"{own}.local")))}


def _elsewhere(lab: server.Server) -> list[str]:
    """The addresses at which other computers find it."""
    import psutil  # type: ignore[import-untyped] # it comes without types

    number = lab.url.rpartition(":")[2]
    found = [one.address for each in psutil.net_if_addrs().values() for one in each if one.family == socket.AF_INET]
    return [f"http://{address}:{number}/class" for address in found if not address.startswith("127.")]
