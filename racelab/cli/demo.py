"""The first five minutes: a server, a load, and at the end acknowledged against stored changes.

Both managers get the same load in the same process. The buggy one must show all four bugs and the fixed one none: the
demonstration checks that on the reader's machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rich.console import Console

from .. import home, server
from ..bugs import BUGS, ExitCode, Verdict
from ..server import Server
from . import terminal
from .loads import STOP_PATIENCE, Load

SETTLE_PATIENCE = 60.0
LOAD_PATIENCE = 120.0  # on top of the seconds asked for: starting, finishing requests in flight, settling
NO_WAIT_PATIENCE = 60.0
TICK = 0.5


@dataclass(frozen=True)
class Demo:
    """One demonstration, with the options of the command line.

    Attributes:
        port: None means the usual one, or a free one if that is busy.
        once: end after the verdict; otherwise serve until Ctrl-C.
        json: the file for the numbers.
        no_wait: in place of the load, save without any added delay until a change vanishes.
    """

    seconds: float = 20.0
    users: int = 24
    port: int | None = None
    once: bool = False
    json: IO[str] | None = None
    no_wait: bool = False

    def run(self, console: Console) -> int:
        """Serve, load, judge, and serve until Ctrl-C. Returns the exit code."""
        with (
            tempfile.TemporaryDirectory(prefix="racelab-") as instance,
            served(Path(instance), self.port, console, max(server.THREADS, self.users + 8), self._keeping()) as lab,
        ):
            terminal.say(console, f"Session Race Lab is at {lab.url} - open it in a browser.")
            code = self._without_waits(lab, console) if self.no_wait else self._measured(lab, console)
            if self.once:
                return code
            terminal.say(
                console, f"\nStill serving at {lab.url}: press the buttons there. Ctrl-C stops it, runs are kept."
            )
            return serve_until_stopped(lab)

    def _keeping(self) -> dict[str, str]:
        """Sessions begin anew each time. Runs outlive it, beside those of `serve`, if somebody may look at them."""
        return {} if self.once else {"RACELAB_RUNS": os.environ.get("RACELAB_RUNS", str(home.instance() / "runs"))}

    def _measured(self, lab: Server, console: Console) -> int:
        terminal.say(
            console,
            f"{self.users} users load the buggy and the fixed manager for {self.seconds:g} seconds."
            " Their calls are saves, counted reads, logins and logouts."
            " Faults are injected: some requests end with HTTP 500 on purpose, and are counted apart.",
        )
        boot = lab.fetch("/lab/status")["boot"]
        ended = self._load(lab, console)
        verdict = settled_verdict(lab, console)
        refuse_another(boot, lab)
        return self._conclude(verdict, ended, console)

    def _without_waits(self, lab: Server, console: Console) -> int:
        told = lab.fetch("/lab/no-wait", {}, NO_WAIT_PATIENCE)
        terminal.say(console, f"{told['users']} threads save to one session of each manager, as fast as they can.")
        code = judge_no_wait(told["managers"])
        terminal.say(console, f"\n{told['sentence']}", "bold" if code == ExitCode.AS_EXPECTED else "bold red")
        environment = lab.fetch("/lab/status")["environment"] | {"threads": told["users"], "database": "memory"}
        terminal.say(console, "\n" + terminal.environment_line(environment), "dim")
        self._write(told)
        return code

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
        self._write(summary(verdict))
        code, reason = judge(verdict, ended)
        terminal.say(console, f"\n{reason}", "bold" if code == ExitCode.AS_EXPECTED else "bold red")
        return code

    def _write(self, numbers: Mapping[str, Any]) -> None:
        if self.json:
            self.json.write(json.dumps(numbers, indent=2) + "\n")
            self.json.flush()


def served(
    instance: Path,
    port: int | None,
    console: Console,
    threads: int = server.THREADS,
    environ: Mapping[str, str] | None = None,
    host: str = server.LOOPBACK,
) -> Server:
    """A lab on that port; without one on the usual, or on a free one if that is busy."""
    try:
        return Server(instance, port or server.DEFAULT_PORT, threads, environ, host=host)
    except server.PortBusyError:
        if port is not None:
            raise
        terminal.say(console, f"Port {server.DEFAULT_PORT} is in use by another program; using a free one.")
        return Server(instance, 0, threads, environ, host=host)


@dataclass(frozen=True)
class Ended:
    """The exit code of the load tool, and the end of its output."""

    code: int
    said: str


def watch(process: subprocess.Popen[bytes], lab: Server, console: Console, deadline: float) -> None:
    """Show the server's counts until the load ends, or until the deadline."""
    progress = terminal.MovingLine(console)
    started, since, sample = time.monotonic(), 0, dict[str, Any]()
    ended = False
    while not ended and time.monotonic() < deadline:
        ended = server.with_patience(process, TICK)
        if poll := lab.ask(f"/lab/poll?since={since}"):
            since, sample = poll["next"], (poll["samples"] or [sample])[-1]
            progress.show(terminal.progress_line(time.monotonic() - started, sample))
    progress.end()


def settled_verdict(lab: Server, console: Console) -> Any:
    """The verdict at rest; the last one before that if it takes too long."""
    lab.ask("/lab/settle", {})
    verdict, deadline = None, time.monotonic() + SETTLE_PATIENCE
    with console.status("Waiting until no request is in flight ..."):
        while time.monotonic() < deadline:
            verdict = lab.ask("/lab/verdict") or verdict
            if verdict and verdict["settled"]:
                return verdict
            server.with_patience(lab.process, TICK)
    if not verdict:
        raise server.ServerError(f"The server gave no verdict within {SETTLE_PATIENCE:.0f} s. Nothing was measured.")
    terminal.say(console, f"Not at rest after {SETTLE_PATIENCE:.0f} s: {verdict['waiting_for']}.", "yellow")
    return verdict


def refuse_another(boot: str, lab: Server) -> None:
    """Refuse a verdict of a restarted worker, which does not have the whole ledger."""
    if lab.fetch("/lab/status")["boot"] != boot:
        raise server.ServerError(
            "The server's worker ended during the load and another one replaced it, so the ledger is lost."
            f" Nothing was measured.{lab.last_words()}"
        )


def summary(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a verdict in the format of `--json`."""
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
    """The exit code and its reason. `cannot tell` is not as expected."""
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


def judge_no_wait(managers: Mapping[str, Mapping[str, int]]) -> ExitCode:
    """Without a loss on buggy nothing is shown, however many saves it took."""
    if managers["fixed"]["vanished"]:
        return ExitCode.NOT_AS_EXPECTED
    return ExitCode.AS_EXPECTED if managers["buggy"]["vanished"] else ExitCode.CANNOT_TELL


def serve_until_stopped(lab: Server) -> int:
    """Wait for Ctrl-C, the normal end; an end of the server itself is an error."""
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
    return " ".join(parts) or "On fixed all cards agree and the verdict does not; see its sentence above."


def _numbers(card: Mapping[str, Any]) -> dict[str, Any]:
    return {name: card[name] for name in ("promised", "present", "count", "verdict")}


def _tail(output: IO[bytes], lines: int = 15) -> str:
    output.seek(0)
    last = output.read().decode(errors="replace").strip().splitlines()[-lines:]
    return "\nThe end of the load tool's output:\n" + "\n".join(last) if last else ""
