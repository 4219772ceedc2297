"""A class with the ten methods of a session manager is judged by the project's scenarios."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.grading.classes.program import MODELS, Program
from racelab.grading.classes.result import NONE, Result
from racelab.grading.classes.scenarios.probe import probe
from racelab.grading.classes.scenarios.programs import NotAsked, asked
from racelab.grading.classes.scenarios.search import grade_scenario
from tests.grading.classes.managers import WRONG, manager, wrong

ROOT = str(Path(__file__).resolve().parents[3])
NOT_ASKED = {"stale-clock", "refresh-arrives", "failed-step", "cleanup-dies", "other-process", "lazy-once"}
"""What needs something that only the lab's own managers have around them."""


@cache
def graded(root: str, module: str, make: str, scenario: str, model: str = "gil") -> tuple[Result, str] | str:
    """The result of a scenario and the anomaly's sentence; or why it is not asked."""
    program = Program(root, module, make, ())
    contract = probe(program, model)
    assert not isinstance(contract, str), contract
    what = asked(scenario, program, contract)
    if isinstance(what, NotAsked):
        return what.why
    played = grade_scenario(what, model, 60)
    return played.differs or (played.result, played.anomaly.sentence if played.anomaly is not None else "")


def found(path: Path, scenario: str, model: str = "gil") -> str:
    """The name of what a scenario finds in the manager of a file; the verdict if it finds nothing."""
    told = graded(str(path.parent), path.stem, "Manager()", scenario, model)
    assert not isinstance(told, str), told
    return told[0].name or told[0].verdict


@pytest.mark.parametrize("model", MODELS)
def test_a_right_manager_passes_every_scenario_that_it_can_be_asked(tmp_path: Path, model: str) -> None:
    """One lock around everything: no scenario finds anything, and each is exhausted."""
    path = manager(tmp_path)
    told = {name: graded(str(tmp_path), path.stem, "Manager()", name, model) for name in SCENARIOS}
    not_asked = {name for name, one in told.items() if isinstance(one, str)}
    assert not_asked == NOT_ASKED | {"stale-read", "revoked-still-in"}
    assert {one[0].verdict for one in told.values() if not isinstance(one, str)} == {NONE}
    assert all(one[0].schedules > 1 and not one[0].losing for one in told.values() if not isinstance(one, str))


@pytest.mark.parametrize(
    ("bug", "finds"),
    [
        ("lost update", {"lost-increment": "lost-update", "update-and-increment": "lost-update"}),
        ("stale overwrite", {"stale-overwrite": "stale-overwrite", "stale-then-saved": "stale-overwrite"}),
        ("leaking cleanup", {"cleanup-leak": "cleanup-leak", "cleanup-and-delete": "cleanup-leak"}),
        ("phantom delete", {"phantom-delete": "counts-differ", "double-delete": NONE}),
        ("phantom create", {"phantom-create": "uncounted-session", "phantom-delete": NONE}),
    ],
)
def test_each_bug_of_the_module_is_found_by_its_scenario(tmp_path: Path, bug: str, finds: dict[str, str]) -> None:
    """Each of the module's bugs in a plain class is found, by the anomaly's name."""
    path = wrong(tmp_path, bug)
    assert {name: found(path, name) for name in finds} == finds
    assert bug in WRONG


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        ("lost-update", "lost-update"),
        ("revoked-still-in", "still-authenticated"),
        ("phantom-create", "uncounted-session"),
        ("cleanup-leak", "cleanup-leak"),
        ("double-delete", NONE),
    ],
)
def test_the_labs_own_managers_are_judged_as_plain_classes(scenario: str, name: str) -> None:
    """The buggy manager is found, and the fixed one is not, with locks as `threading` has them."""
    results = [graded(ROOT, f"session_manager.{kind}", "SessionManager()", scenario) for kind in ("buggy", "fixed")]
    assert [one[0].name or one[0].verdict for one in results if not isinstance(one, str)] == [name, NONE]


def test_what_a_class_does_already_one_call_after_another_is_no_finding(tmp_path: Path) -> None:
    """A class whose update counts no access promises something else: the scenario does not apply, with the reason."""
    line = "            session.access_count += 1\n            self._rows[session_id] = session.copy()\n"
    path = manager(tmp_path, (line, "            self._rows[session_id] = session.copy()\n"))
    told = graded(str(tmp_path), path.stem, "Manager()", "lost-update")
    assert isinstance(told, str)
    assert "count grew by 0 and should have grown by 2" in told


def test_a_class_that_answers_none_for_a_missing_session_is_asked_all_the_same(tmp_path: Path) -> None:
    """An answer that only a deleted session gets means that there is none; a pass and a finding stay what they are."""
    quiet = (
        "            return self._find(session_id).copy()",
        "            one = self._sessions.get(session_id)\n            return one and one.copy()",
    )
    assert found(manager(tmp_path, quiet), "update-after-delete") == NONE
    assert found(manager(tmp_path, quiet, WRONG_REFRESH, name="stale"), "stale-overwrite") == "stale-overwrite"


WRONG_REFRESH = (WRONG["stale overwrite"][0], "".join(reversed(WRONG["stale overwrite"])))


def test_a_session_that_is_no_copy_is_noticed(tmp_path: Path) -> None:
    """Where reading hands out the very session, that is no race; where it does so only now and then, it is found."""
    live = ("return self._find(session_id).copy()", "return self._find(session_id)")
    told = graded(str(tmp_path), manager(tmp_path, live).stem, "Manager()", "read-and-increment")
    assert isinstance(told, str)
    assert "What A's get_session returned has changed since" in told
    busy = (
        live[0],
        "return self._find(session_id) if self._busy else self._find(session_id).copy()",
    )
    path = manager(tmp_path, busy, *BUSY, name="busy")
    assert found(path, "read-and-increment") == "answer-changed"


BUSY = (
    ("        self._next = 8\n", "        self._next = 8\n        self._busy = False\n"),
    (
        "    def increment_access(self, session_id):\n        with self._lock:\n",
        "    def increment_access(self, session_id):\n        with self._lock:\n            self._busy = True\n"
        "        with self._lock:\n            self._busy = False\n",
    ),
)
"""Another thread can look while an increment is under way."""


@pytest.mark.parametrize("made", ["uuid.uuid4()", "uuid.uuid4().hex", "self._next"])
def test_ids_may_be_texts_numbers_and_uuids(tmp_path: Path, made: str) -> None:
    """Whatever an id is, a right manager passes, and a session that a task has opened is found at the end."""
    path = manager(tmp_path, ('f"s{self._next}"', made), IMPORT, name="ids")
    if made == "self._next":
        assert path.write_text(path.read_text().replace("len(session_id) % 2", "session_id < 0"))
    elif made == "uuid.uuid4()":
        assert path.write_text(path.read_text().replace("len(session_id) % 2", "session_id.int < 0"))
    assert {name: found(path, name) for name in ("phantom-create", "create-and-delete", "read-and-increment")} == {
        "phantom-create": NONE,
        "create-and-delete": NONE,
        "read-and-increment": NONE,
    }
    gap = WRONG["phantom create"]
    bad = manager(tmp_path, (gap[0], gap[1] + gap[0]), ('f"s{self._next}"', made), IMPORT, name="bad")
    assert found(bad, "phantom-create") == "uncounted-session"


IMPORT = ("import threading\n", "import threading\nimport uuid\n")
