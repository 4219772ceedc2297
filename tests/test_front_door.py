"""lab.py: whatever the machine lacks, the person at the terminal reads a sentence, and nothing stays half done."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.subject.cases import Cases

ROOT = Path(__file__).resolve().parent.parent
PRETEND = "import runpy, sys; {}; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A lab with nothing to install, whose command prints its arguments. The blank shows that names need no care."""
    tree = tmp_path / "a lab"
    (tree / "racelab").mkdir(parents=True)
    (tree / "lab.py").write_bytes((ROOT / "lab.py").read_bytes())
    (tree / "requirements.txt").write_text("# nothing\n")
    (tree / "requirements-dev.txt").write_text("# nothing, for developers\n")
    (tree / "racelab" / "__main__.py").write_text("import sys; print(sys.argv[1:], sys.prefix); sys.exit(3)\n")
    return tree


def lab(tree: Path, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run the tree's lab.py as a person would, from another folder."""
    command = [sys.executable, *prefix, str(tree / "lab.py"), *arguments]
    return subprocess.run(command, cwd=tree.parent, capture_output=True, text=True, timeout=100, check=False)


def test_help_teaches_without_setting_anything_up(tree: Path) -> None:
    """`python3 lab.py` and `--help` print the same short lesson and leave no trace."""
    shown = lab(tree)
    assert shown.returncode == 0
    assert all(command in shown.stdout for command in ("demo", "serve", "load", "test"))
    assert len(shown.stdout.splitlines()) < 30
    assert lab(tree, "--help").stdout == shown.stdout
    assert not (tree / ".venv").exists()


def test_an_old_python_can_read_the_file() -> None:
    """Python 3.6 can parse lab.py."""
    ast.parse((ROOT / "lab.py").read_text(), feature_version=(3, 6))


def test_an_old_python_is_named_with_what_to_do(tree: Path) -> None:
    """An old Python gets exit code 2 and both versions, and nothing is set up."""
    refused = lab(tree, "demo", prefix=("-c", PRETEND.format("sys.version_info = (3, 8, 1, 'final', 0)")))
    assert refused.returncode == 2
    assert "needs Python 3.11 or newer, you have 3.8.1; try `" in refused.stderr
    assert not (tree / ".venv").exists()


def test_windows_is_sent_to_wsl(tree: Path) -> None:
    """On Windows the message names WSL."""
    refused = lab(tree, "demo", prefix=("-c", PRETEND.format("sys.platform = 'win32'")))
    assert refused.returncode == 2
    assert "WSL" in refused.stderr


def test_the_first_run_sets_up_and_later_runs_do_not(tree: Path) -> None:
    """The first run sets up, the second does not, and both run the command."""
    first = lab(tree, "demo", "--once")
    assert first.returncode == 3, first.stderr
    assert first.stdout == f"['demo', '--once'] {tree / '.venv'}\n"
    assert first.stderr.count("done") == 2
    second = lab(tree, "demo", "--once")
    assert (second.stdout, second.stderr, second.returncode) == (first.stdout, "", 3)


def test_a_graded_class_finds_what_pythonpath_names(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`grade` and `explore` import from the reader's PYTHONPATH, after the lab; `demo` does not."""
    theirs = tree.parent / "theirs"
    (theirs / "racelab").mkdir(parents=True)
    (theirs / "racelab" / "__main__.py").write_text("raise SystemExit('not the lab')\n")
    (theirs / "of_theirs.py").touch()
    (tree / "racelab" / "__main__.py").write_text(
        "import importlib.util; print(bool(importlib.util.find_spec('of_theirs')))\n"
    )
    monkeypatch.setenv("PYTHONPATH", f":{theirs}:")
    found = {command: lab(tree, command).stdout for command in ("grade", "explore", "demo")}
    assert found == {"grade": "True\n", "explore": "True\n", "demo": "False\n"}


def test_two_set_ups_at_once_do_not_meet(tree: Path) -> None:
    """Of two set-ups at once one makes the environment, and the other waits for it."""
    command = [sys.executable, str(tree / "lab.py"), "demo"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ended = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [3, 3], ended
    assert sum("making .venv" in said for _, said in ended) == 1


def test_the_environment_of_somebody_else_is_not_emptied(tree: Path) -> None:
    """A .venv that is a link is refused, and what it leads to stays as it is."""
    other = tree.parent / "another environment"
    other.mkdir()
    (other / "precious").write_text("kept")
    (tree / ".venv").symlink_to(other)
    refused = lab(tree, "demo")
    assert refused.returncode == 2
    assert "Remove the link" in refused.stderr
    assert (other / "precious").read_text() == "kept"
    (tree / ".venv").unlink()
    assert lab(tree, "demo").returncode == 3


@pytest.fixture
def door(tree: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tree's lab.py as a module whose Python has no ensurepip, as on a Debian without python3-venv."""
    spec = importlib.util.spec_from_file_location("door", tree / "lab.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    poor = poorer_python(tree.parent, venv=True, pip=True)
    monkeypatch.setattr(module, "base_python", lambda: str(poor))
    return module


def poorer_python(folder: Path, *, venv: bool, pip: bool) -> Path:
    """A Python without ensurepip. Its pip installs nothing; it only notes what it was asked, and may fail."""
    script = folder / "poor-python"
    script.write_text(
        f"""#!/bin/sh
case "$*" in
  "-m pip "*) echo "$*" >> "{folder}/pip-was-asked"; echo "pip has no network"; exit {0 if pip else 1} ;;
  *--without-pip*) {f'exec "{sys.executable}" "$@"' if venv else "echo No module named venv; exit 1"} ;;
  *) echo ensurepip is not available; exit 1 ;;
esac
"""
    )
    script.chmod(0o755)
    return script


def test_without_ensurepip_the_system_pip_installs(
    tree: Path, door: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without ensurepip the system's pip installs with the same hashes."""
    door.set_up(door.RUN)
    asked = (tree.parent / "pip-was-asked").read_text()
    assert asked.startswith(f"-m pip --python {tree / '.venv' / 'bin' / 'python'} install --require-hashes")
    assert asked.endswith(f"-r {tree / 'requirements.txt'}\n")
    assert "with the system's pip" in capsys.readouterr().err
    assert door.is_ready(door.RUN)


def test_without_venv_the_package_is_named(
    tree: Path, door: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the venv module the message names the package to install."""
    poorer_python(tree.parent, venv=False, pip=True)
    monkeypatch.setattr(door, "check_computer", lambda: None)
    assert door.main(["demo"]) == 2
    said = capsys.readouterr().err
    assert "No module named venv" in said
    assert "apt install python3-venv" in said
    assert not door.is_ready(door.RUN)


def test_a_failed_installation_shows_why_and_is_done_over(tree: Path, door: ModuleType) -> None:
    """A failed installation shows pip's words, and the next run starts afresh."""
    with Cases() as cases:
        for before in ([], [door.RUN]):
            with cases.case("first run" if not before else "on top of the runtime set"):
                shutil.rmtree(tree / ".venv", ignore_errors=True)
                poorer_python(tree.parent, venv=True, pip=True)
                for requirements in before:
                    door.set_up(requirements)
                poorer_python(tree.parent, venv=True, pip=False)
                with pytest.raises(door.SetUpFailed, match=r"(?s)pip has no network.*Then run the same command again"):
                    door.set_up(door.DEV)
                (tree / ".venv" / "left over").touch()
                poorer_python(tree.parent, venv=True, pip=True)
                door.set_up(door.DEV)
                assert door.is_ready(door.DEV)
                assert not (tree / ".venv" / "left over").exists()


def test_an_interrupted_set_up_is_told_and_begins_again(
    tree: Path, door: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step was cut off, also on top of a whole environment: it is never taken for a whole one."""
    whole = door.run
    with Cases() as cases:
        for wanted, step in ((door.RUN, "making"), (door.RUN, "installing"), (door.DEV, "installing")):
            with cases.case(f"{wanted}, {step}"):
                shutil.rmtree(tree / ".venv", ignore_errors=True)
                if wanted == door.DEV:
                    door.set_up(door.RUN)

                def cut(what: str, *rest: object, step: str = step) -> None:
                    if step in what:
                        raise KeyboardInterrupt
                    whole(what, *rest)

                monkeypatch.setattr(door, "run", cut)
                with pytest.raises(KeyboardInterrupt):
                    door.set_up(wanted)
                monkeypatch.setattr(door, "run", whole)
                assert not door.is_ready(door.RUN)
                capsys.readouterr()
                door.set_up(wanted)
                said = capsys.readouterr().err
                assert said.startswith("The last set-up was interrupted or failed. It begins again;")
                assert "Step 1 of 2: making" in said
                assert door.is_ready(door.RUN)
                assert not (tree / ".venv.busy").exists()


@pytest.mark.parametrize("terminal", [False, True])
def test_a_step_tells_how_far_it_is(
    terminal: bool, tree: Path, door: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packages that pip names are counted: in place on a terminal, on a line of its own in a pipe."""
    monkeypatch.setattr(door, "EVERY", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    script = f"echo Collecting a; echo Collecting b; echo Installing collected packages: a, b; cat '{tree}/pipe'"
    os.mkfifo(tree / "pipe")
    seen: list[str] = []
    tell = door.tell

    def let_it_end(what: str, far: str) -> None:
        tell(what, far)
        if far.startswith("2 packages put in place, ") and not seen:
            seen.append(far)
            (tree / "pipe").write_text("")

    monkeypatch.setattr(door, "tell", let_it_end)
    with (tree / ".venv.lock").open("w") as lock:
        door.run("Waiting", ["sh", "-c", script], lock)
    said = capsys.readouterr().err
    assert said.startswith("Waiting ... ")
    assert (f"\r\x1b[2KWaiting ... {seen[0]}" if terminal else f"\n  {seen[0]} ... ") in said
    assert re.search(r"done, \d+ s\n$", said)


def test_other_pins_get_an_environment_of_their_own(tree: Path, door: ModuleType) -> None:
    """When the pins change, the environment is made again."""
    door.set_up(door.RUN)
    (tree / ".venv" / "left over").touch()
    (tree / "requirements.txt").write_text("# something else\n")
    assert not door.is_ready(door.RUN)
    door.set_up(door.RUN)
    assert not (tree / ".venv" / "left over").exists()


def test_the_test_tools_come_on_top(tree: Path, door: ModuleType) -> None:
    """`test` adds its tools to the environment once."""
    door.set_up(door.RUN)
    (tree / ".venv" / "kept").touch()
    for _ in range(2):
        door.set_up(door.DEV)
    assert (tree / ".venv" / "kept").exists()
    asked = (tree.parent / "pip-was-asked").read_text().splitlines()
    assert [Path(line).name for line in asked] == ["requirements.txt", "requirements-dev.txt"]
