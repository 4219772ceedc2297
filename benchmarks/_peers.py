"""The other explorers, asked from outside: each works in a process of its own, and one that is not here says why.

frontrun (dynamic partial-order reduction over what bytecode touches) and interleave-test (depth first or by chance over
lines or bytecode). Neither is needed by anything else; requirements-peers.txt has them.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
INSTALL = "python -m pip install --require-hashes -r requirements-peers.txt"
TURN = 100
"""Schedules between two looks at the clock."""
START = 60.0
"""Seconds that a process may take beside the work that was ordered: starting, and one schedule that hangs."""

Question = Literal["rate", "verdict"]


@dataclass(frozen=True, slots=True)
class Order:
    """What a peer is to do.

    Attributes:
        program: `plain lock`, `reader-writer lock`: a number behind one; `increment`, `update`: a manager's method;
            `known bug`: one of `benchmarks.sctbench`.
        subject: `gap`: a lock for reading and again for writing; `held`: one throughout. Or the name of the manager, or
            of the known bug.
        setting: one of the tool's ways to search.
        question: schedules per second, whatever they show; or whether one of them loses anything.
        seconds: how long.
        times: how often each task does it.
        tasks: how many there are.
        allowed: for a known bug, how it may end, as `benchmarks._known.told` tells it.
    """

    program: str
    subject: str
    setting: str
    question: Question
    seconds: float
    times: int = 1
    tasks: int = 2
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an order.

    Attributes:
        verdict: `found`, `none` or `cannot tell`; `rate` when that was the question.
        schedules, wrong: how many were run, and how many of them lost something.
        seconds: that this took; processor: of these, what the process has worked itself.
        reason: why it cannot tell, or what `none` covers, in the tool's own words where it has some.
    """

    verdict: str
    schedules: int = 0
    wrong: int = 0
    seconds: float = 0.0
    reason: str = ""
    processor: float = 0.0


@dataclass(frozen=True, slots=True)
class Peer:
    """One of the tools.

    Attributes:
        name: as it is installed; `module` as it is imported.
        least: the oldest Python that it runs on.
        settings: its ways to search; `verdict` is the one that is asked for verdicts, `by_chance` those that draw.
        of_classes: its ways to search a program over a plain class; the first is asked for verdicts.
        launcher: the module that has to start the process; none if empty.
    """

    name: str
    module: str
    least: tuple[int, int]
    settings: tuple[str, ...]
    by_chance: tuple[str, ...]
    verdict: str
    of_classes: tuple[str, ...]
    launcher: tuple[str, ...] = field(default=())

    def missing(self) -> str:
        """Why it cannot be asked here; empty if it can."""
        if sys.version_info < self.least:
            needs, here = ".".join(map(str, self.least)), ".".join(map(str, sys.version_info[:3]))
            return f"{self.name} needs Python {needs} or newer, and this is {here}."
        if importlib.util.find_spec(self.module) is None:
            return f"{self.name} is not installed in {sys.prefix}. `{INSTALL}`, best in an environment of its own."
        return ""

    def version(self) -> str:
        """The one that is installed."""
        return importlib.metadata.version(self.name)

    def ask(self, orders: Sequence[Order]) -> list[Report]:
        """Let it work. If its process fails or hangs, the reports say so."""
        command = [*self.launcher, sys.executable, "-m", "benchmarks._peer_process", self.module]
        told = json.dumps([asdict(order) for order in orders])
        patience = sum(order.seconds for order in orders) + START
        with subprocess.Popen(
            [sys.executable, *command] if self.launcher else command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                said, complaints = process.communicate(told, patience)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return [Report("cannot tell", reason=f"Its process hung for {patience:g} s.")] * len(orders)
        if process.returncode:
            last = complaints.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
            return [Report("cannot tell", reason=f"Its process failed: {last[0]}")] * len(orders)
        return [Report(**report) for report in json.loads(said.splitlines()[-1])]


FRONTRUN = Peer(
    "frontrun",
    "frontrun",
    (3, 10),
    ("dpor", "random"),
    ("random",),
    "dpor",
    ("dpor", "random"),
    launcher=("-m", "frontrun.cli"),
)  # its launcher preloads a library; without it, it refuses to work
INTERLEAVE = Peer(
    "interleave-test",
    "interleave_test",
    (3, 12),
    ("dfs by line", "dfs by opcode", "pct by line"),
    ("pct by line", "random by opcode"),
    "dfs by line",
    ("dfs by opcode", "random by opcode", "dfs by line", "pct by line"),
)
PEERS = (FRONTRUN, INTERLEAVE)
