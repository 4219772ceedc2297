"""The first five minutes: a server, visitors, and at the end what was promised against what is there.

Both managers get the same load in the same process. The buggy one must show all four bugs and the fixed one none: the
demonstration checks that on the machine in front of you instead of asking you to believe it.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rich.console import Console

from .. import server
from ..bugs import BUGS, ExitCode, Verdict
from ..server import Server
from . import terminal
from .loads import STOP_PATIENCE, Load

SETTLE_PATIENCE = 60.0
LOAD_PATIENCE = 120.0  # on top of the seconds asked for: starting, finishing requests in flight, settling
TICK = 0.5


@dataclass(frozen=True)
class Demo:
    """One demonstration, as it was asked for on the command line.

    Attributes:
        port: None takes the usual one, or a free one if that is busy.
        once: end after the verdict instead of serving on.
        json: where to write the numbers.
    """

    seconds: float = 20.0
    users: int = 24
    port: int | None = None
    once: bool = False
    json: IO[str] | None = None

    def run(self, console: Console) -> int:
        """Serve, load, judge, and serve on. Returns the exit code."""
        with tempfile.TemporaryDirectory(prefix="racelab-") as instance, self._serve(Path(instance), console) as lab:
            terminal.say(console, f"Session Race Lab is at {lab.url} - open it and watch.")
            terminal.say(
                console, f"{self.users} visitors use the buggy and the fixed manager for {self.seconds:g} seconds."
            )
            boot = lab.fetch("/lab/status")["boot"]
            ended = self._load(lab, console)
            verdict = settled_verdict(lab, console)
            refuse_another(boot, lab)
            code = self._conclude(verdict, ended, console)
            if self.once:
                return code
            terminal.say(console, f"\nStill serving at {lab.url}: press the buttons there. Ctrl-C stops it.")
            return serve_until_stopped(lab)

    def _serve(self, instance: Path, console: Console) -> Server:
        threads = max(server.THREADS, self.users + 8)
        if self.port is not None:
            return Server(instance, self.port, threads)
        try:
            return Server(instance, server.DEFAULT_PORT, threads)
        except server.PortBusyError:
            terminal.say(console, f"Port {server.DEFAULT_PORT} is in use by another program, so a free one is taken.")
            return Server(instance, 0, threads)

    def _load(self, lab: Server, console: Console) -> Ended:
        with tempfile.TemporaryFile() as output:
            process = Load("mixed", lab.url, self.users, self.seconds).start(output)
            try:
                watch(process, lab, console, time.monotonic() + self.seconds + LOAD_PATIENCE)
            finally:
                server.stop(process, STOP_PATIENCE)
            return Ended(process.returncode, _tail(output))

    def _conclude(self, verdict: Mapping[str, Any], ended: Ended, console: Console) -> int:
        terminal.print_verdict(console, verdict)
        if self.json:
            self.json.write(json.dumps(summary(verdict), indent=2) + "\n")
            self.json.flush()
        code, reason = judge(verdict, ended)
        terminal.say(console, f"\n{reason}", "bold" if code == ExitCode.AS_EXPECTED else "bold red")
        return code


@dataclass(frozen=True)
class Ended:
    """How the load tool ended, and its last words."""

    code: int
    said: str


def watch(process: subprocess.Popen[bytes], lab: Server, console: Console, deadline: float) -> None:
    """Show what the server counts until the load is over, or until it should long have been."""
    progress = terminal.MovingLine(console)
    started, since, sample = time.monotonic(), 0, dict[str, Any]()
    while time.monotonic() < deadline and not server.with_patience(process, TICK):
        if poll := lab.ask(f"/lab/poll?since={since}"):
            since, sample = poll["next"], (poll["samples"] or [sample])[-1]
            progress.show(terminal.progress_line(time.monotonic() - started, sample))
    progress.end()


def settled_verdict(lab: Server, console: Console) -> Any:
    """The verdict once nothing is in flight any more; the last one there was if that takes too long."""
    lab.ask("/lab/settle", {})
    verdict, deadline = None, time.monotonic() + SETTLE_PATIENCE
    with console.status("Waiting until nothing is in flight ..."):
        while time.monotonic() < deadline:
            verdict = lab.ask("/lab/verdict") or verdict
            if verdict and verdict["settled"]:
                return verdict
            server.with_patience(lab.process, TICK)
    if not verdict:
        raise server.ServerError(f"The server gave no verdict within {SETTLE_PATIENCE:.0f} s. Nothing was measured.")
    terminal.say(console, f"No rest after {SETTLE_PATIENCE:.0f} s: {verdict['waiting_for']}.", "yellow")
    return verdict


def refuse_another(boot: str, lab: Server) -> None:
    """A worker that took over half way knows only half of what was promised: that is no verdict, and no bug either."""
    if lab.fetch("/lab/status")["boot"] != boot:
        raise server.ServerError(
            "The server's worker ended during the load and another took its place, so nobody can tell what was"
            f" promised. Nothing was measured.{lab.last_words()}"
        )


def summary(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a verdict in the shape that `--json` promises to scripts."""
    results = verdict["variants"]
    return {
        "environment": verdict["environment"],
        "failed_requests": sum(result["failed_requests"] for result in results.values()),
        "unknown": sum(result["unknown"] for result in results.values()),
        "variants": {
            variant: {bug.key: _numbers(result["cards"][bug.key]) for bug in BUGS}
            for variant, result in results.items()
        },
    }


def judge(verdict: Mapping[str, Any], ended: Ended) -> tuple[ExitCode, str]:
    """The exit code and the sentence that goes with it. `cannot tell` is never good enough."""
    numbers = summary(verdict)
    variants = numbers["variants"]
    if not all(any(card["promised"] for card in variants[variant].values()) for variant in ("buggy", "fixed")):
        return ExitCode.CANNOT_TELL, f"Nothing was measured.{ended.said}"
    if ended.code == ExitCode.REQUESTS_FAILED or numbers["failed_requests"]:
        return (
            ExitCode.REQUESTS_FAILED,
            f"Requests failed: {numbers['failed_requests']}.{ended.said if ended.code else ''}",
        )
    unseen = [bug.title for bug in BUGS if variants["buggy"][bug.key]["verdict"] != Verdict.DISAGREE]
    seen = [bug.title for bug in BUGS if variants["fixed"][bug.key]["verdict"] != Verdict.AGREE]
    if unseen or seen or verdict["variants"]["fixed"]["verdict"] != Verdict.AGREE:
        return ExitCode.NOT_AS_EXPECTED, _not_as_expected(unseen, seen)
    return ExitCode.AS_EXPECTED, "All four bugs were seen on buggy, and none on fixed, under the same load."


def serve_until_stopped(lab: Server) -> int:
    """Wait for Ctrl-C, which is the normal end, or for the server to end on its own, which is not."""
    try:
        lab.process.wait()
    except KeyboardInterrupt:
        return ExitCode.AS_EXPECTED
    raise server.ServerError(
        f"The server has ended (exit code {lab.process.returncode}). Start the demonstration again."
    )


def _not_as_expected(unseen: list[str], seen: list[str]) -> str:
    parts = [f"Not seen on buggy: {', '.join(unseen)}. Try more --seconds or more --users."] if unseen else []
    parts += [f"Not ruled out on fixed: {', '.join(seen)}."] if seen else []
    return " ".join(parts) or "On fixed the cards agree and the sum does not; its sentence above says what is wrong."


def _numbers(card: Mapping[str, Any]) -> dict[str, Any]:
    return {name: card[name] for name in ("promised", "present", "count", "verdict")}


def _tail(output: IO[bytes], lines: int = 15) -> str:
    output.seek(0)
    last = output.read().decode(errors="replace").strip().splitlines()[-lines:]
    return "\nThe load tool's last words:\n" + "\n".join(last) if last else ""
