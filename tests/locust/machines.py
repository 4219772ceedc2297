"""A second machine on this computer: a network namespace of its own, reached by a cable of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Machine:
    """A namespace.

    Attributes:
        name: of the namespace.
        here, there: the addresses of this machine and of the other one, on the cable between them.
    """

    name: str
    here: str
    there: str

    def command(self, *words: str) -> list[str]:
        """How to run a program there."""
        return ["ip", "netns", "exec", self.name, *words]


@contextmanager
def machine(number: int) -> Iterator[Machine]:
    """Add one, and take it away at the end. The test is skipped, loudly, where that is not allowed."""
    name = f"racelab{os.getpid()}x{number}"[-15:]
    net = f"10.231.{os.getpid() % 256}.{4 * number}"
    here, there = (net.rpartition(".")[0] + f".{4 * number + last}" for last in (1, 2))
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("Network namespaces need root and iproute2: NOTHING was tested over two machines")
    try:
        _run("ip", "netns", "add", name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"This system allows no network namespace ({error}): NOTHING was tested over two machines")
    try:
        cable = f"rl{os.getpid() % 10**6}x{number}"
        _run("ip", "link", "add", f"{cable}a", "type", "veth", "peer", "name", f"{cable}b", "netns", name)
        _run("ip", "addr", "add", f"{here}/30", "dev", f"{cable}a")
        _run("ip", "link", "set", f"{cable}a", "up")
        inside = ("ip", "netns", "exec", name, "ip")
        _run(*inside, "addr", "add", f"{there}/30", "dev", f"{cable}b")
        _run(*inside, "link", "set", f"{cable}b", "up")
        _run(*inside, "route", "add", "default", "via", here)
        yield Machine(name, here, there)
    finally:
        _run("ip", "netns", "del", name)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=10)
