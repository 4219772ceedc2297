"""The command `grade`: what it prints, its exit codes, its files, and how it ends."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest

from racelab.grading.classes.choosing.grade_file import text_of
from racelab.grading.classes.running.session import WITH_A_GIL
from racelab.home import PROGRAM, ROOT
from tests.workers import until

from .front import COUNTER, HANGS, LOCKED, chosen, command, environment, process, saved, told
from .test_front_session import passed

TASKS = ("--task", "it.add()", "--task", "it.add()")


def test_a_finding_comes_first_with_its_lines_and_how_to_replay_it(tmp_path: Path) -> None:
    """A wrong class ends with 3; name, paragraph, trace and a replay line that shows it again."""
    saved(tmp_path, COUNTER)
    done = process("sample.py:Counter", folder=tmp_path)
    assert done.returncode == 3, done.stderr
    lines = done.stdout.splitlines()
    squeezed = [re.sub(" +", " ", line) for line in lines]
    assert lines[0] == "found: lost update in sample.py:Counter."
    assert lines[1].startswith("Lost update. ")
    step = " 2 ! A sample.py:9 now = int(self.count) it.add() begins; reads self.count: 0"
    assert step in squeezed
    assert "  it = Counter()" in lines
    assert lines[4:6] == ["  A: it.add()", "  B: it.add()"]
    (line,) = [line for line in lines if line.startswith(f"Replay it: python3 {ROOT / PROGRAM} grade ")]
    again = process(*shlex.split(line)[5:], folder=tmp_path)
    assert again.returncode == 3, again.stderr
    assert again.stdout.splitlines()[:2] == ["found: lost update", lines[1]]


def test_help_fits_a_terminal_and_names_each_returncode(tmp_path: Path) -> None:
    """80 columns hold it, examples too."""
    lines = command("--help", folder=tmp_path, COLUMNS="80").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert re.findall(r"^ +(\d+)  |, (143) ", "\n".join(lines), re.MULTILINE) == [
        *((code, "") for code in ("0", "2", "3", "4", "130")),
        ("", "143"),
    ]


def test_any_schedule_has_a_verdict(tmp_path: Path) -> None:
    """A harmless one names the order that ends so too; one that loses is found, the smallest or not."""
    saved(tmp_path, COUNTER)
    for schedule, code, said in (
        ("A2 B2", 0, "none: This schedule loses nothing. It ends as the calls do in this order: A: it.add(); B: it."),
        ("B2 A2", 0, "none: This schedule loses nothing. It ends as the calls do in this order: B: it.add(); A: it."),
        ("A1 B1 A1 B1", 3, "found: lost update"),
        ("B1 A1 B1 A1", 3, "found: lost update"),
    ):
        done = command("sample.py", *TASKS, "--then", "it.count", "--replay", schedule, folder=tmp_path)
        assert (done.returncode, done.stdout[: len(said)]) == (code, said), done.stdout + done.stderr
        assert "\nend  " in done.stdout


def test_a_right_class_ends_with_0_and_says_what_was_run(tmp_path: Path) -> None:
    """*None* names the programs, the model, the calls, and what was assumed."""
    saved(tmp_path, LOCKED)
    done = command("sample.py", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(
        "none: Every interleaving of sample.py:Locked ends as some order of its calls does: pairs "
    )
    assert "  CALLS it.add()  it.get()" in lines
    assert "  THEN  it.count  it.get()" in lines
    assert lines[-1].startswith("Model gil; pairs 3 of 3, two calls beside one ")
    assert "four calls in three threads " in done.stderr
    assert f"Assumed: {WITH_A_GIL}" in lines
    without = command("sample.py", "--model", "free-threaded", folder=tmp_path)
    assert (without.returncode, WITH_A_GIL in without.stdout) == (0, False)


def test_where_no_call_can_be_made_or_succeeds_it_cannot_tell(tmp_path: Path) -> None:
    """A class that reaches out, and one that only raises, end with 4, the reason, and what to do."""
    saved(tmp_path, "import os\nclass Away:\n    def go(self): return os.fork()\n", "away.py")
    done = command("away.py", folder=tmp_path)
    assert (done.returncode, done.stdout[:39]) == (4, "cannot tell: Nothing to call was found "), done.stdout
    saved(tmp_path, "import sys\nclass Ends:\n    def go(self): sys.exit(0)\n", "ends.py")
    for words in ((), ("--task", "it.go()", "--task", "it.go()")):
        done = command("ends.py", *words, folder=tmp_path)
        assert (done.returncode, "Give calls that succeed" in done.stdout) == (4, True), done.stdout
    assert "it.go() raises SystemExit." in done.stdout


def test_one_thread_alone_is_no_pass(tmp_path: Path) -> None:
    """A program of one thread that starts none is interleaved with nothing."""
    saved(tmp_path, LOCKED)
    done = command("sample.py", "--task", "it.add(); it.add()", folder=tmp_path)
    assert (done.returncode, "Give --task once for each thread." in done.stdout) == (4, True), done.stdout


def test_what_cannot_be_decided_ends_with_4_and_the_reason(tmp_path: Path) -> None:
    """Asynchronous classes, and calls that reach out of the process, are *cannot tell*."""
    saved(tmp_path, "class Later:\n    async def get(self): ...\n", "later.py")
    done = command("later.py", folder=tmp_path)
    assert (done.returncode, done.stdout[:30]) == (4, "cannot tell: Later is asynchro")
    saved(tmp_path, "import socket\nclass Net:\n    def get(self): return socket.socket()\n", "net.py")
    done = command("net.py", "--call", "it.get()", folder=tmp_path)
    assert done.returncode == 4, done.stdout
    assert "socket" in done.stdout.splitlines()[0]
    assert "--stress" in done.stdout


def test_one_thread_that_differs_from_its_specification_is_no_race(tmp_path: Path) -> None:
    """Where nothing interleaves, no race is named and no lock is asked for."""
    saved(tmp_path, COUNTER + LOCKED + "\n\nclass Twice(Counter):\n    def add(self):\n        self.count += 2\n")
    words = ("--task", "it.add()", "--then", "it.get()", "--spec", "sample:Counter")
    done = command("sample.py:Twice", *words, folder=tmp_path)
    first = "found: difference from the specification in sample.py:Twice."
    assert (done.returncode, done.stdout.splitlines()[0]) == (3, first), done.stdout
    assert "correct the calls or the specification" in done.stdout.lower()
    assert "1 of 1 schedule of this program ends badly." in done.stdout
    done = command("sample.py:Counter", *words, "--task", "it.add()", folder=tmp_path)
    assert done.stdout.startswith("found: lost update in"), done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sample.py:Countr",), "sample has no 'Countr'. Did you mean Counter?"),
        (("sample.py", "--task", "it.add("), "'it.add(' is not Python"),
        (("sample.py", "--task", "it.add()", "--call", "it.add()"), "Give one of them."),
        (("sample.py", "--new", "Counter(1)"), "No object could be made with Counter(1)"),
        (("sample.py", "--replay", "A1"), "--replay needs the program"),
        (("sample.py", *TASKS, "--replay", "A9 B9"), "Step 3 of 'A9 B9' does not fit: A has ended. There, B can"),
        (("sample.py", *TASKS, "--replay", "A1 C1"), "Step 2 of 'A1 C1' does not fit: there is no thread C"),
        (("sample.py", *TASKS, "--replay", "A1"), "stops before the end, after step 1: A and B can go on."),
        (("sample.py", *TASKS, "--replay", "nonsense"), "nonsense"),
        (("sample.py", "--spec", "nomod:X"), "There is no module 'nomod'"),
        (("sample.py", "--spec", "sample:Countr"), "sample has no 'Countr'. Did you mean Counter?"),
        (("sample.py", "--spec", "nowhere.py:X"), "There is no file"),
        (("sample.py", "--spec", "Counter"), "'Counter' is no specification"),
        (("sample.py", "--stress", "--watch"), "--stress only prints"),
        (("sample.py", "--save", "sample.py"), "in place of the module sample"),
        (("sample.py", "--save", "kept/json.py"), "in place of the module json"),
        (("sample.py", "--save", "other.py"), "other.py is there already"),
        (("sample.py", "--save", "a.b.py"), "Name a FILE.py"),
        (("sample.py", "--save", "kept.py", "--watch"), "does not go with --watch"),
        (("sample.py", "--holds", " "), "--holds is empty"),
        (("sample.py", "--new", ""), "--new is empty"),
        (("x" * 300 + ".py:Counter",), "cannot be read"),
        (("sample.py", "--call", "it.ad()"), "it.ad(): A Counter has no 'ad'. Did you mean add?"),
        (("sample.py", "--task", "add()", "--task", "it.get()"), "add(): `it` is the object. Write it.add."),
        (("sample.py", "--then", "it.cuont"), "A Counter has no 'cuont'. Did you mean count?"),
        (("sample.py", "--holds", "it.count < most"), "there is no 'most' in sample."),
        (("sample.py", "--task", "it = 3", "--task", "it.get()"), "give what a call returns another name"),
        (("sample.py", "--ignore", "it.ad()"), "Did you mean it.add() or"),
        (("sample.py", "--save", "kept.txt"), "Name a FILE.py"),
        (("sample.py", "--seconds", "nan"), "is not a number"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """Each mistake is named, and nothing is graded."""
    saved(tmp_path, COUNTER)
    saved(tmp_path, "", "other.py")
    done = command(*words, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, ""), done.stdout
    assert said in done.stderr


def test_a_choice_is_saved_edited_and_graded(tmp_path: Path) -> None:
    """What `--save` writes is graded as the class was, and an edit of it counts."""
    saved(tmp_path, COUNTER)
    assert command("sample.py:Counter", "--save", "grade_me.py", folder=tmp_path).returncode == 3
    kept = tmp_path / "grade_me.py"
    assert command("grade_me.py", folder=tmp_path).returncode == 3
    kept.write_text(kept.read_text().replace("    'it.add()',\n", ""))
    done = command("grade_me.py", "--json", "report.json", folder=tmp_path)
    assert (done.returncode, told(tmp_path)["graded"]["calls"]) == (0, ["it.get()"])


def test_a_saved_choice_is_graded_as_much_as_the_class(tmp_path: Path) -> None:
    """The same programs: single calls of a class with threads of its own, and keys exchanged only once."""
    source = """
import threading


class Box:
    def __init__(self):
        self.kept = {}

    def put(self, key):
        with threading.Lock():
            self.kept[key] = 1

    def get(self, key):
        return self.kept.get(key)

    def later(self):
        thread = threading.Thread(target=self.put, args=("a",))
        thread.start()
        thread.join()
"""
    box = chosen(saved(tmp_path, source, "box.py"))
    kept = saved(tmp_path, text_of(box, tmp_path / "kept.py"), "kept.py")
    again = chosen(kept)
    assert (set(box.chosen), set(again.chosen)) == ({"new", "calls", "then"}, set())
    first, second = ([(each.name, each.total) for each in passed(choice).stages] for choice in (box, again))
    assert first == second
    assert [name for name, _ in first] == ["single calls", "pairs"]
    kept.write_text(re.sub(r"THEN = \[.*?\]", "THEN = ['it.get(\"a\")']", kept.read_text(), flags=re.DOTALL))
    assert passed(chosen(kept)).stages[1].total > first[1][1], "what is seen of a and b is not the same"


def test_a_name_that_comes_later_is_not_misspelt(tmp_path: Path) -> None:
    """An attribute that a method makes, and what another call has returned, are known."""
    source = COUNTER + "\n    def begin(self):\n        self.begun = 1\n"
    saved(tmp_path, source)
    tasks = ("--task", "it.begin(); x = it.get()", "--task", "it.begin(); [y for y in [1]]", "--then", "it.begun")
    assert command("sample.py", *tasks, "--ignore", "ValueError", folder=tmp_path).returncode == 0


def test_options_go_before_a_file(tmp_path: Path) -> None:
    """What is given on the command line replaces what the file says."""
    saved(tmp_path, COUNTER)
    saved(tmp_path, "from sample import Counter\nNEW = 'Counter()'\nCALLS = ['it.get()']\nTHEN = []\n", "grade_me.py")
    assert command("grade_me.py", folder=tmp_path).returncode == 0
    done = command("grade_me.py", *TASKS, "--then", "it.count", folder=tmp_path)
    assert (done.returncode, "  A: it.add()" in done.stdout.splitlines()) == (3, True)


def test_a_with_statement_is_a_call(tmp_path: Path) -> None:
    """A method that is used by `with` is entered and left as one call."""
    source = (
        COUNTER
        + """
    @contextlib.contextmanager
    def counted(self):
        self.add()
        yield
"""
    )
    saved(tmp_path, f"import contextlib\n{source}")
    done = command("sample.py", "--call", "with it.counted(): pass", folder=tmp_path)
    assert (done.returncode, "  A: with it.counted(): pass" in done.stdout.splitlines()) == (3, True), done.stdout


def test_functions_over_module_state_are_graded(tmp_path: Path) -> None:
    """A function that counts in its module loses a count."""
    source = "total = 0\n\n\ndef bump():\n    global total\n    now = int(total)\n    total = now + 1\n"
    saved(tmp_path, source, "state.py")
    done = command("state:bump", folder=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "  A: it.bump()" in done.stdout.splitlines()


def test_what_must_hold_and_what_does_not_count(tmp_path: Path) -> None:
    """An invariant that breaks is found, and an ignored observation is not."""
    saved(tmp_path, COUNTER)
    assert command("sample.py", *TASKS, "--then", "", folder=tmp_path).returncode == 0
    assert command("sample.py", *TASKS, "--then", "", "--holds", "it.count != 1", folder=tmp_path).returncode == 3
    assert command("sample.py", *TASKS, "--then", "it.count", folder=tmp_path).returncode == 3
    ignored = ("--then", "it.count", "--ignore", "it.count")
    assert command("sample.py", *TASKS, *ignored, folder=tmp_path).returncode == 0


def test_the_files_hold_the_same_as_the_report(tmp_path: Path) -> None:
    """JSON, JUnit and SARIF of one run agree on the finding."""
    saved(tmp_path, COUNTER)
    files = ("--json", "report.json", "--junit", "report.xml", "--sarif", "report.sarif")
    done = command("sample.py:Counter", *files, folder=tmp_path)
    report = told(tmp_path)
    assert (done.returncode, report["verdict"], report["findings"][0]["name"]) == (3, "found", "lost update")
    assert report["sentence"] in done.stdout
    assert ET.parse(tmp_path / "report.xml").getroot().get("failures") == "1"
    (run,) = json.loads((tmp_path / "report.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]][:1] == ["lost-update"]


def test_json_goes_to_standard_output_alone(tmp_path: Path) -> None:
    """With `--json -` the output is the report, and the text goes to standard error."""
    saved(tmp_path, LOCKED)
    done = command("sample.py", *TASKS, "--json", "-", folder=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "none")
    assert "none: " in done.stderr


def test_ctrl_c_ends_all_processes(tmp_path: Path) -> None:
    """An interrupted grading ends with 130, and no child is left."""
    saved(tmp_path, HANGS, "hangs.py")
    words = [sys.executable, "-P", "-m", "racelab", "grade", "hangs.py"]
    with subprocess.Popen(words, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE) as process:
        until((tmp_path / "begun").exists)
        children = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors.decode().strip()) == (130, "Stopped.")
    gone, left = psutil.wait_procs(children, timeout=10)
    assert (len(gone), left) == (len(children), [])


def test_a_changed_file_is_graded_again(tmp_path: Path) -> None:
    """`--watch` grades when a source is saved, and the last finding first."""
    saved(tmp_path, COUNTER)
    words = [sys.executable, "-P", "-u", "-m", "racelab", "grade", "sample.py:Counter", "--watch"]
    with subprocess.Popen(
        words, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            first = next(line for line in process.stdout if line.startswith(("found", "none", "cannot")))
            saved(tmp_path, LOCKED.replace("class Locked", "class Counter"))
            second = next(line for line in process.stdout if line.startswith(("found", "none", "cannot")))
            third = next(process.stdout)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    assert first == "found: lost update in sample.py:Counter.\n"
    assert second.startswith("none: ")
    assert third == "The last finding, lost update, is not found any more.\n"
    assert process.returncode == 130


@pytest.mark.stress
def test_real_threads_see_a_wrong_class_and_prove_nothing_of_a_right_one(tmp_path: Path) -> None:
    """`--stress` ends with 3 where it was seen, and with 4 where it was not."""
    saved(tmp_path, COUNTER + LOCKED)
    wrong = command("sample.py:Counter", *TASKS, "--stress", "--seconds", "5", folder=tmp_path)
    right = command("sample.py:Locked", *TASKS, "--stress", "--seconds", "1", folder=tmp_path)
    assert (wrong.returncode, right.returncode) == (3, 4), wrong.stdout + right.stdout
    assert "it.add() | it.add(): Seen in " in wrong.stdout
    assert "Not seen in " in right.stdout
