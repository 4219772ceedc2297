"""The page of one's own code: what is graded, in a process that ends in any case, and for whom it is there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from flask.testing import FlaskClient

from app import create_app
from racelab.grading.classes import frames
from racelab.grading.classes.exports import json_types
from racelab.grading.classes.running import apart
from racelab.web.your_code import grades
from racelab.web.your_code import json_types as your_code_types
from racelab.web.your_code.grades import Grades
from racelab.web.your_code.pages import MOST_CHARACTERS
from tests.instrument.labs import CALM, until

ROOT = Path(__file__).parents[2]
EXAMPLES = dict(
    re.findall(r"^  (\w+): `(.*?)`,$", (ROOT / "static/js/your-code-examples.js").read_text(), re.DOTALL | re.MULTILINE)
)
FOR_EVER = "import time\nwhile True:\n    time.sleep(0.01)\n\n\nclass Never:\n    def go(self) -> None:\n        pass\n"
GIVEN: Any = {"new": "", "first": [], "tasks": [], "calls": [], "then": None, "holds": [], "ignore": [], "spec": ""}
ORDER: Any = {
    "source": FOR_EVER,
    "target": "your_code.py:Never",
    "folder": "",
    "model": "gil",
    "seconds": 1.0,
    "given": GIVEN,
}


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    """Of an app on this computer; a grade that is left ends with the test."""
    app = create_app(CALM)
    yield app.test_client()
    app.extensions["racelab_grades"].close()


def graded(client: FlaskClient, **asked: Any) -> Any:
    """What a grade has come to."""
    answer = client.post("/lab/grade", json={"seconds": 10, **asked})
    assert answer.status_code == 202, answer.text
    until(lambda: client.get("/lab/grade").get_json()["state"] != "running", "the end of the grade", 60)
    return client.get("/lab/grade").get_json()


def test_a_lost_update_is_found_and_stepped_through(client: FlaskClient) -> None:
    """One thread's read is stale when it writes, and each line says so."""
    told = graded(client, source=EXAMPLES["lost"])
    assert (told["state"], told["target"], told["pasted"]) == ("done", "your_code.py:Visits", True)
    assert told["source"] == EXAMPLES["lost"]
    assert told["report"]["findings"][0]["name"] == "lost update"
    stepped = told["findings"][0]["stepped"]
    first, *lines, last = stepped["frames"]
    assert [one["value"] for one in first["shared"]] == ["nothing"]
    assert [one["value"] for one in last["shared"]] == ["1"]
    assert [frame["interrupts"] for frame in lines].count("") == len(lines) - 1
    writes = [frame for frame in lines if frame["shared"][0]["touch"] == "written"]
    assert [frame["task"] for frame in writes] == ["B", "A"]
    assert {frame["locks"][0]["holders"][0] for frame in lines if frame["locks"][0]["holders"]} == {"A", "B"}
    (file,) = stepped["files"].values()
    assert [line["number"] for line in file["lines"]] == list(range(1, 22))


def test_the_right_one_survives_and_says_what_was_tried(client: FlaskClient) -> None:
    """With the lock held over both, no program ends badly."""
    told = graded(client, source=EXAMPLES["right"])
    assert told["report"]["verdict"] == "none"
    assert (told["findings"], told["report"]["findings"]) == ([], [])
    assert all(stage["done"] == stage["programs"] > 0 for stage in told["stages"])


def test_a_deadlock_shows_who_holds_and_who_waits(client: FlaskClient) -> None:
    """In the end each thread holds one lock and waits for the other's."""
    told = graded(client, source=EXAMPLES["deadlock"])
    last = told["findings"][0]["stepped"]["frames"][-1]
    assert {one["state"] for one in last["stands"].values()} == {"waits"}
    assert [(lock["holders"], lock["waiting"]) for lock in last["locks"]] == [(["A"], ["B"]), (["B"], ["A"])]
    assert last["stands"]["A"]["reason"] == "waits for self._locks['b'], which B holds"


def test_a_thread_of_the_class_has_a_side_of_its_own(client: FlaskClient) -> None:
    """The thread that the class starts is shown, and set-up, which does nothing more, is not."""
    source = (
        "import threading\n\n\nclass Cell:\n    def __init__(self) -> None:\n        self.value = 0\n"
        "        self._lock = threading.Lock()\n        threading.Thread(target=self._beat).start()\n\n"
        "    def _beat(self) -> None:\n        with self._lock:\n            seen = self.value\n"
        "        with self._lock:\n            self.value = seen + 1\n\n"
        "    def add(self) -> None:\n        with self._lock:\n            self.value += 1\n"
    )
    stepped = graded(client, source=source)["findings"][0]["stepped"]
    assert len(stepped["threads"]) == 2
    assert [lock["name"] for lock in stepped["frames"][0]["locks"]] == ["self._lock"]


def test_what_cannot_be_explored_is_never_called_right(client: FlaskClient) -> None:
    """The reason is told, and what to do."""
    told = graded(client, source=EXAMPLES["unknown"])
    assert told["report"]["verdict"] == "cannot tell"
    assert "ctypes" in told["report"]["reasons"][0]
    assert "--stress" in told["why"]


def test_a_class_is_named_instead(client: FlaskClient, tmp_path: Path) -> None:
    """A path and a class; one that is not there is refused in words."""
    path = tmp_path / "visits.py"
    path.write_text(EXAMPLES["lost"], encoding="utf-8")
    told = graded(client, target=f"{path}:Visits")
    assert (told["report"]["verdict"], told["pasted"]) == ("found", False)
    told = graded(client, target=f"{tmp_path}/other.py:Visits")
    assert told["state"] == "refused"
    assert "There is no file" in told["why"]


def test_a_long_file_is_shown_where_the_finding_goes(client: FlaskClient) -> None:
    """Functions that it does not enter are gaps."""
    padding = "\n".join(f"def unused_{number}():\n    return {number}\n\n" for number in range(20))
    told = graded(client, source=f"{padding}\n{EXAMPLES['lost']}", name="Visits")
    (file,) = told["findings"][0]["stepped"]["files"].values()
    texts = ["".join(text for _, text in line["pieces"]) for line in file["lines"]]
    assert "count += 1" in texts
    assert not [text for text in texts if "unused" in text]
    assert [line["number"] for line in file["lines"]].count(0) == 2


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "Paste the source"),
        ({"source": "x = 1", "target": "a:B"}, "not both"),
        ({"source": 3}, "must be text"),
        ({"source": "#" * (MOST_CHARACTERS + 1)}, "at most 100,000 characters"),
        ({"target": "a" * 401}, "at most 400 characters"),
        ({"target": "a:B", "model": "none"}, "`model`"),
        ({"target": "a:B", "seconds": 0}, "`seconds`"),
        ({"target": "a:B", "seconds": True}, "`seconds`"),
        ({"target": "a:B", "command": "rm"}, "Unknown field"),
    ],
)
def test_a_wrong_order_is_refused_in_words(client: FlaskClient, asked: Any, says: str) -> None:
    """Each field has its limits, and nothing begins."""
    answer = client.post("/lab/grade", json=asked)
    assert (answer.status_code, says in answer.get_json()["detail"]) == (422, True), answer.text
    assert client.get("/lab/grade").get_json()["state"] == "none"


def test_a_body_without_end_is_not_read(client: FlaskClient) -> None:
    """More than a source can need gets 413, and the limit is told."""
    answer = client.post("/lab/grade", json={"source": "#" * 1_000_000})
    assert (answer.status_code, "at most 100,000 characters" in answer.get_json()["detail"]) == (413, True)


def test_one_grade_at_a_time_and_stop_ends_it(client: FlaskClient) -> None:
    """A second is refused; after Stop its process and its folder are gone."""
    assert client.post("/lab/grade", json={"source": FOR_EVER}).status_code == 202
    running = client.application.extensions["racelab_grades"]._now
    assert client.post("/lab/grade", json={"source": EXAMPLES["right"]}).status_code == 409
    assert client.post("/lab/grade/stop", json={}).get_json()["stopping"]
    running.followed()
    told = client.get("/lab/grade").get_json()
    assert (told["state"], "before any program" in told["why"]) == ("stopped", True)
    assert running._process.poll() is not None
    assert not Path(running._folder).exists()
    assert graded(client, source=EXAMPLES["right"])["report"]["verdict"] == "none"


def test_a_grade_that_hangs_is_killed() -> None:
    """A module that never ends its import costs so many seconds and no more."""
    hanging = Grades(late=1.0)
    hanging.start(ORDER)
    until(lambda: hanging.told()["state"] != "running", "the end of the time", 20)
    assert (hanging.told()["state"], hanging.told()["why"]) == ("failed", "It did not end within 2 s, and was killed.")


def test_a_grade_ends_with_its_server(tmp_path: Path) -> None:
    """A server that is killed leaves no process and no folder."""
    script = (
        "import sys, time\nfrom racelab.web.your_code.grades import Grade\n"
        f"grade = Grade(1, {ORDER!r} | {{'seconds': 60.0}}, 60.0)\n"
        "print(grade._folder, grade._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environ) as server:
        assert server.stdout is not None
        folder, pid = server.stdout.readline().split()
        until((Path(folder) / "your_code.py").exists, "the grade to begin")
        server.send_signal(signal.SIGKILL)
    until(lambda: not Path(folder).exists(), "the folder to be removed", 10)  # sooner than the import is given up
    until(lambda: not _alive(int(pid)), "the process to end", 10)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


ROUTES = [
    ("GET", "/grade"),
    ("GET", "/lab/grade"),
    ("POST", "/lab/grade"),
    ("POST", "/lab/grade/stop"),
    ("POST", "/lab/grade/forget"),
]


def off(client: FlaskClient, says: str, **options: Any) -> None:
    """No route is there, and the page says why; the other pages do not link to it."""
    for method, path in ROUTES:
        body: Any = {"json": {"source": "x = 1"}} if method == "POST" else {}
        answer = client.open(path, method=method, **body, **options)
        assert answer.status_code == 404, (path, answer.text)
        assert says in answer.get_json()["detail"], path
    page = client.get("/grade", headers={**options.pop("headers", {}), "Accept": "text/html"}, **options)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert 'href="/grade"' not in page.text


@pytest.mark.parametrize(
    ("setting", "says"),
    [({"PROXIES": 1}, "A proxy stands before"), ({"HOSTS": "lab.example.org"}, "under other names")],
)
def test_the_page_is_off_where_others_are_let_in(setting: dict[str, Any], says: str) -> None:
    """A lab behind a proxy, or under a name of its own, runs no code."""
    off(create_app({**CALM, **setting}).test_client(), says)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [("RACELAB_ALLOW_REMOTE", "1", "class --share"), ("RACELAB_RUN", "/tmp/x", "Several workers")],
)
def test_the_page_is_off_on_the_network(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str) -> None:
    """A lab that other computers reach, or that several workers serve, runs no code."""
    monkeypatch.setenv(variable, value)
    off(create_app(CALM).test_client(), says)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via"])
def test_the_page_is_off_through_a_proxy(client: FlaskClient, header: str) -> None:
    """A proxy that nobody has told of gives itself away by its headers."""
    off(client, f"it has the header {header}", headers={header: "203.0.113.7"})


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"REMOTE_ADDR": "192.0.2.7"}, "does not come from a loopback address"),
        ({"REMOTE_ADDR": ""}, "does not come from a loopback address"),
        ({"SERVER_PROTOCOL": "HTTP/1.0"}, "speaks HTTP/1.0"),
    ],
)
def test_the_page_is_off_for_other_peers(client: FlaskClient, environ: dict[str, str], says: str) -> None:
    """An address of the network, a Unix socket, and a silent nginx."""
    off(client, says, environ_overrides=environ)


def test_on_this_computer_every_page_links_to_it(client: FlaskClient) -> None:
    """The twin of the above: there it is."""
    assert client.get("/grade").status_code == 200
    assert 'href="/grade"' in client.get("/stores").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
    ],
)
def test_another_site_can_have_nothing_run(client: FlaskClient, headers: dict[str, str]) -> None:
    """The browser says where the request comes from; a form cannot send JSON."""
    assert client.post("/lab/grade", json={"source": FOR_EVER}, headers=headers).status_code == 403
    assert client.post("/lab/grade/stop", json={}, headers=headers).status_code == 403
    assert client.post("/lab/grade", data={"source": FOR_EVER}).status_code == 415
    assert client.get("/lab/grade").get_json()["state"] == "none"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.7"])
def test_another_name_reaches_no_route(client: FlaskClient, host: str) -> None:
    """A site whose name leads to this computer (DNS rebinding) gets 400; this computer's names are answered."""
    for method, path in ROUTES:
        body: Any = {"json": {"source": FOR_EVER}} if method == "POST" else {}
        assert client.open(path, method=method, **body, headers={"Host": host}).status_code == 400
    for own in ("localhost", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/lab/grade", headers={"Host": own}).get_json()["state"] == "none"


def test_the_page_reads_no_key_that_is_not_sent() -> None:
    """Each typedef of the page has keys of its type only."""
    text = (ROOT / "static/js/your-code-types.js").read_text(encoding="utf-8")
    kinds: dict[str, Any] = {
        "Stands": frames.StandsJson,
        "Call": frames.CallJson,
        "Shared": frames.SharedJson,
        "Lock": frames.LockJson,
        "Frame": frames.FrameJson,
        "CodeLine": your_code_types.CodeLineJson,
        "CodeFile": your_code_types.CodeFileJson,
        "Stepped": your_code_types.SteppedJson,
        "Told": your_code_types.FindingToldJson,
        "Stage": apart.StepsDoneJson,
        "Finding": json_types.FindingJson,
        "Graded": json_types.ChoiceJson,
    }
    for name, kind in kinds.items():
        (fields,) = re.findall(rf"@typedef {{{{(.*)}}}} {name}\b", text)
        assert set(re.findall(r"(\w+):", fields)) <= set(get_type_hints(kind)), name
    for name, kind in {"Grade": your_code_types.GradeJson, "Report": json_types.ReportJson}.items():
        (block,) = re.findall(rf"@typedef {{object}} {name}\n((?: \* @property.*\n)+)", text)
        assert set(re.findall(r"@property {.*?} (\w+)", block)) <= set(get_type_hints(kind)), name
    assert grades.nothing().keys() == get_type_hints(your_code_types.GradeJson).keys()
