"""A copy of the checkout in a temporary folder, in which one mutant after another is tested."""

from __future__ import annotations

import compileall
import os
import py_compile
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from .table import ROOT, Mutant

PATIENCE = 60.0
"""Seconds for the tests of one mutant; one that takes longer is caught: it does not end."""
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "instance", "images")
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class Copy:
    """A checkout of its own. Python's caches in it are checked by content: a mutant often has the size and the second
    of the file that it replaces."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "checkout"
        shutil.copytree(ROOT, self._folder, ignore=NOT_COPIED)
        for room in ("racelab", "session_manager"):
            mode = py_compile.PycInvalidationMode.CHECKED_HASH
            compileall.compile_dir(self._folder / room, quiet=1, invalidation_mode=mode)

    def caught_by(self, mutant: Mutant) -> str:
        """The test that notices a mutant; empty if none does."""
        path = self._folder / mutant.file
        source = path.read_text(encoding="utf-8")
        path.write_text(mutant.applied_to(source), encoding="utf-8")
        try:
            return self.failure_of(mutant.tests)
        finally:
            path.write_text(source, encoding="utf-8")

    def failure_of(self, tests: Collection[str], patience: float = PATIENCE) -> str:
        """The first of these tests that fails; empty if none does.

        Raises:
            RuntimeError: there is no such test.
        """
        nodes = [f"tests/{test}" for test in tests]
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *nodes]
        run = subprocess.Popen(
            command,
            cwd=self._folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            told, _ = run.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            return f"no end within {patience:g} s"
        finally:
            with suppress(ProcessLookupError):  # and what the tests have started
                os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        if run.returncode == 0:
            return ""
        found = FAILED.search(told)
        if found is None or "not found: " in told:
            raise RuntimeError(f"pytest could not run {', '.join(nodes)}:\n{told}")
        return found[1]


@contextmanager
def copy() -> Iterator[Copy]:
    """A copy that is removed in the end."""
    with TemporaryDirectory(prefix="racelab-mutants-") as folder:
        yield Copy(Path(folder))
