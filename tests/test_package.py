"""The package: what its wheel has, and that it works where pip has installed it, from another folder.

It is installed into an environment of its own, without a network: its dependencies are those of the environment of this
run, which a .pth file appends. `racelab` and `session_manager` can only come from the wheel, and a test looks.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from racelab.bugs import ExitCode
from racelab.home import ROOT
from racelab.server import listen
from tests.package_apps import APPS
from tests.pages import blocks
from tests.workers import until

package = pytest.mark.package
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
IN_SITE = ("app.py", "docs/matrix.json", "docs/survey.json", "gunicorn.conf.py")
FOLDERS = {"racelab": "racelab", "session_manager": "session_manager"} | {
    folder: f"racelab/site/{folder}" for folder in ("exercises", "locustfiles", "solutions", "static", "templates")
}
"""The folders of a checkout that are in a wheel, and where."""
MADE = "session_race_lab-{}.dist-info/"
OF_THE_DOCUMENTS = ("catalogue/documents.py", "catalogue/markdown.py", "grading/survey/markdown.py")
OTHERS_APP = "raise RuntimeError('this is the app of somebody else')\n"
ONE_STEP = "/lab/replay?scenario=lost-increment&variant=buggy&schedule=A1"
HEAVY = {
    *("flask", "sqlalchemy", "redis", "greenlet", "locust", "gevent"),
    *("racelab.explorer", "racelab.grading", "session_manager"),
}

OF_A_USER = """
import pytest
{first}
from session_manager import fixed

def test_the_explorer(explore):
    explore.must_survive(["increment_access s1", "increment_access s1"], fixed.SessionManager)
    explore.must_find("lost-increment", "buggy", "lost-update")

class Hits:
    def __init__(self):
        self.count = 0
    def hit(self):
        self.count += 1
def test_a_class_of_a_user(race):
    race(Hits, "hit()", "hit()", then="count")
    assert race.must_find(Hits, "hit()", "hit()", then="count", model="free-threaded").name == "lost update"

def test_the_lab(lab_client):
    said = lab_client.post("/fixed/api/login", json={{"username": "ada", "password": "x"}})
    assert said.status_code == 200
    assert b"<code>racelab matrix --verify</code>" in lab_client.get("/fixes").data
"""


@dataclass(frozen=True)
class Installed:
    """An installed package.

    Attributes:
        python: that of its environment.
        folder: where its user stands: another folder, with an `app.py` that is the user's own.
    """

    python: Path
    folder: Path

    def run(self, *words: str, code: int = 0) -> str:
        """What a command of the environment prints; it must end with that code."""
        command = [str(self.python.parent / words[0]), *words[1:]]
        done = subprocess.run(
            command, cwd=self.folder, env=environ(), capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def files(self) -> set[str]:
        """All files of the environment but those that Python compiles."""
        return {str(path) for path in self.python.parent.parent.rglob("*") if "__pycache__" not in path.parts}

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Nothing may be written into the environment meanwhile."""
        before = self.files()
        yield
        assert self.files() == before


def environ() -> dict[str, str]:
    """The environment of a user: nothing in it leads to this checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "RACELAB"))}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and nothing else of its own."""
    pytest.importorskip("pip")
    folder = tmp_path_factory.mktemp("environment")
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    (own,) = folder.glob("lib/python*/site-packages")
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    quietly = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", *quietly, str(wheel)]
    subprocess.run(command, check=True, timeout=100)
    return python


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Installed:
    """The package, with a user who stands in a folder of his own."""
    (tmp_path / "app.py").write_text(OTHERS_APP)
    return Installed(environment, tmp_path)


def test_the_dependencies_are_those_of_requirements_in() -> None:
    """pyproject.toml asks for the packages of requirements.in, line by line."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.in").read_text().splitlines())
    assert SETTINGS["project"]["dependencies"] == [line for line in lines if line]


def test_the_plugin_costs_a_run_of_pytest_nothing() -> None:
    """Importing the pytest plugin imports no framework, no engine and no explorer."""
    told = f"import sys, racelab.pytest_plugin; print(sorted({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def texts(file: Path) -> Iterator[str]:
    """The texts of a Python file that may be printed, or a whole template. Docstrings are for readers of the code."""
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield source
        return
    nodes = list(ast.walk(ast.parse(source)))
    told = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_what_is_printed_takes_the_command_from_one_place() -> None:
    """Only home.py and what writes the documents call the command `lab.py`."""
    files = [ROOT / "app.py", ROOT / "gunicorn.conf.py", *(ROOT / "templates").glob("*.html")]
    files += [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    saying = {file.relative_to(ROOT) for file in files if any("lab.py" in text for text in texts(file))}
    assert saying == {Path("racelab", name) for name in ("home.py", *OF_THE_DOCUMENTS)}


@package
def test_the_wheel_has_what_the_lab_serves_from_and_no_more(wheel: Path) -> None:
    """All of both packages and of the site is in the wheel; no test, no data."""
    expected = {f"racelab/site/{name}" for name in IN_SITE}
    for folder, where in FOLDERS.items():
        files = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        expected |= {f"{where}/{path.relative_to(ROOT / folder).as_posix()}" for path in files}
    with zipfile.ZipFile(wheel) as made:
        names = set(made.namelist())
        leaking = [name for name in names if str(ROOT).encode() in made.read(name)]
    about = MADE.format(SETTINGS["project"]["version"])
    assert {name for name in names if not name.startswith(about)} == expected
    assert leaking == []


@package
def test_the_code_comes_from_the_wheel_and_takes_no_name_of_a_user(installed: Installed) -> None:
    """Both packages lie in the environment, and no `app`, `lab` or `tests` does."""
    told = (
        "import importlib.util, racelab, session_manager, racelab.home as home\n"
        "print(racelab.__file__, session_manager.__file__, home.ROOT, home.instance(), sep='\\n')\n"
        "print(*filter(importlib.util.find_spec, ('app', 'lab', 'locustfiles', 'templates', 'tests')))\n"
    )
    *files, instance, taken = installed.run("python", "-P", "-c", told).split("\n")[:-1]
    assert {Path(file).is_relative_to(installed.python.parent.parent) for file in files} == {True}
    assert instance == str(installed.folder / "instance")
    assert taken == ""


@package
def test_the_command_calls_itself_by_its_name(installed: Installed) -> None:
    """Its help and what it refuses say `racelab`, never `lab.py`."""
    said = installed.run("racelab", "--help")
    names = re.findall(r"^  (\w+)  ", said.partition("Commands:")[2], re.MULTILINE)
    assert {"demo", "explore", "load", "matrix", "replay", "serve"} <= set(names)
    said += "".join(installed.run("racelab", name, "--help") for name in names if name != "test")
    said += installed.run("racelab", "explore")
    said += installed.run("racelab", "load", "mixed", "--url", "http://127.0.0.1:9", code=ExitCode.USAGE)
    assert "Usage: racelab serve" in said
    assert "Start one with `racelab serve`" in said
    assert "lab.py" not in said


@package
def test_what_needs_a_checkout_says_so(installed: Installed) -> None:
    """`test` and `--write` are refused with a sentence, before they begin."""
    assert "comes without its tests" in installed.run("racelab", "test", "--quick", code=ExitCode.USAGE)
    assert "documents of a checkout" in installed.run("racelab", "matrix", "--write", code=ExitCode.USAGE)
    said = installed.run("racelab", "survey", "run", "flask-cookie", "--write", code=ExitCode.USAGE)
    assert "documents of a checkout" in said


@package
def test_the_explorer_explores_from_anywhere(installed: Installed) -> None:
    """`explore` shows the manager's lines, and the command that it prints replays."""
    said = installed.run("racelab", "explore", "lost-update", code=ExitCode.NOT_AS_EXPECTED)
    assert re.search(r"buggy\.py:\d+ update_session", said)
    (command,) = re.findall(r"^Replay it: (racelab replay .*)$", said, re.MULTILINE)
    assert "buggy.py:" in installed.run(*shlex.split(command), code=ExitCode.NOT_AS_EXPECTED)


@package
def test_an_exercise_is_graded_anywhere(installed: Installed) -> None:
    """`learn` copies the exercises into the current folder; untouched they fail, and solutions pass."""
    said = installed.run("racelab", "learn", "check", code=ExitCode.NOT_AS_EXPECTED)
    assert "not yet: lost update in my_exercises/counter.py" in said
    assert "Replay it: racelab grade my_exercises/counter.py:Counter" in said
    (installed.folder / "my_exercises" / "pool.py").write_bytes((ROOT / "solutions" / "pool.py").read_bytes())
    assert "passed: my_exercises/pool.py" in installed.run("racelab", "learn", "check", "pool")


@package
def test_the_matrix_is_the_documented_one(installed: Installed) -> None:
    """`matrix --verify` finds in the wheel what it compares with."""
    assert "Everything is as documented." in installed.run("racelab", "matrix", "--verify")


@package
@pytest.mark.parametrize(
    "first",
    [
        pytest.param("", id="nothing"),
        pytest.param('pytest_plugins = ["racelab.pytest_plugin", "racelab.explorer.pytest_plugin"]', id="by name too"),
    ],
)
def test_a_user_has_the_fixtures(installed: Installed, first: str) -> None:
    """`race`, `explore` and `lab_client` are there at once, and by name."""
    (installed.folder / "test_mine.py").write_text(OF_A_USER.format(first=first))
    (documented,) = blocks(ROOT / "docs" / "install.md", "python")
    (installed.folder / "test_documented.py").write_text(documented)
    assert "5 passed" in installed.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")


@package
@pytest.mark.parametrize("extension", APPS)
def test_an_app_of_a_user_keeps_sessions(installed: Installed, extension: str) -> None:
    """Each Flask extension of the package works in an app of a user's."""
    (installed.folder / "mine.py").write_text("if True:" + APPS[extension])
    assert installed.run("python", "mine.py").strip() == "ada"


@package
def test_it_serves_its_pages_from_anywhere(installed: Installed) -> None:
    """`serve` has its pages and files, and its data lie where the user stands."""
    with listen(0) as taken:
        port = taken.getsockname()[1]
    command = [str(installed.python.parent / "racelab"), "serve", "--port", str(port)]
    with installed.untouched(), (installed.folder / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=installed.folder, env=environ(), stdout=said, stderr=said)
        try:
            begun = f"http://127.0.0.1:{port}"
            until(lambda: fetched(f"{begun}/health"))
            pages = {path: fetched(begun + path) for path in ("/", "/replay", "/fixes", "/stores", ONE_STEP)}
            files = [file for page in pages.values() for file in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)]
            pages |= {file: fetched(begun + file) for file in files}
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0, (installed.folder / "said").read_text()
        finally:
            process.kill()
            process.wait()
    assert "racelab replay lost-increment" in pages["/replay"]
    assert "racelab matrix --verify" in pages["/fixes"]
    assert "session_manager/buggy.py" in pages[ONE_STEP]
    assert {Path(file.partition("?")[0]).suffix for file in files} >= {".css", ".js", ".svg"}
    assert list((installed.folder / "instance").glob("*.sqlite"))


@package
def test_it_loads_a_lab_from_anywhere(installed: Installed) -> None:
    """`load` finds its Locust files, and gives a verdict."""
    with installed.untouched():
        said = installed.run("racelab", "load", "lost_updates", "--seconds", "2", "--users", "8", "--expect", "fixed")
    assert "agree" in said


def fetched(url: str) -> str:
    """A page as text.

    Raises:
        OSError: it is not there.
    """
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())
