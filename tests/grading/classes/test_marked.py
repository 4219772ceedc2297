"""The mark `race`, in runs of pytest as a reader has them."""

from __future__ import annotations

from pathlib import Path

from tests.grading.classes.front import COUNTER, LOCKED
from tests.grading.classes.plugin_runs import BOTH, IMPORTS, pytest_run


def test_threads_of_a_marked_test_are_interleaved(tmp_path: Path) -> None:
    """A marked test fails with the race of its threads, or with a deadlock."""
    tests = """
@pytest.mark.race
def test_wrong():
    counter = Counter()
    together(counter.add, counter.add)
    assert counter.count == 2

@pytest.mark.race
@pytest.mark.parametrize("times", [2])
def test_right(times):
    counter = Locked()
    together(*[counter.add] * times)
    assert counter.count == times
    with pytest.raises(ZeroDivisionError):
        1 / 0

@pytest.mark.race
def test_locks_in_two_orders():
    one, other = threading.Lock(), threading.Lock()

    def forth():
        with one, other:
            pass

    def back():
        with other, one:
            pass

    together(forth, back)

class TestMethods:
    @pytest.mark.race(model="both", seconds=20)
    def test_hits(self):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: seen.append(1), range(2)))
        assert len(seen) == 2

    @pytest.mark.race
    def test_wrong(self):
        counter = Counter()
        together(counter.add, counter.add)
        assert counter.count == 2

seen = []
"""
    source = f"{IMPORTS}from concurrent.futures import ThreadPoolExecutor\n{COUNTER}\n{LOCKED}\n{BOTH}\n{tests}"
    outcomes, said = pytest_run(tmp_path, source, "--strict-markers")
    assert outcomes == {
        "test_wrong": "FAILED",
        "test_right[2]": "PASSED",
        "test_locks_in_two_orders": "FAILED",
        "TestMethods::test_hits": "PASSED",
        "TestMethods::test_wrong": "FAILED",
    }, said
    assert "lost update in test_mine.py:test_wrong." in said
    assert "lost update in test_mine.py:TestMethods.test_wrong." in said
    assert "A: test_wrong()" in said
    assert "A: TestMethods.test_wrong()" in said
    assert "--task 'it.test_wrong()'" in said
    assert "counter.count: 0 -> 1" in said
    assert "raises AssertionError" in said
    assert "deadlock in test_mine.py:test_locks_in_two_orders." in said
    assert "waits for other, which" in said
    assert "Traceback" not in said


def test_what_a_marked_test_cannot_do_fails_with_the_reason(tmp_path: Path) -> None:
    """A marked test without a race fails in the order that breaks it."""
    tests = """
@pytest.mark.race
def test_order():
    seen = []
    together(lambda: seen.append(1), lambda: seen.append(2))
    assert seen == [1, 2]

@pytest.mark.race
def test_alone():
    assert threading is None

@pytest.mark.race
def test_fixture(tmp_path):
    assert tmp_path

@pytest.mark.race(modle="gil")
def test_option():
    pass

@pytest.mark.race
def test_socket():
    import socket
    together(lambda: socket.create_connection(("localhost", 1)))

@pytest.mark.race
def test_mock():
    seen = unittest.mock.Mock()
    together(seen, seen)
    assert seen.call_count == 2

class TestCases(unittest.TestCase):
    @pytest.mark.race
    def test_case(self):
        pass

class TestSetUp:
    def setup_method(self):
        self.seen = []

    @pytest.mark.race
    def test_it(self):
        assert not self.seen
"""
    outcomes, said = pytest_run(tmp_path, f"{IMPORTS}{BOTH}\n{tests}", "--tb=short")
    assert set(outcomes.values()) == {"FAILED"}, said
    assert len(outcomes) == 8
    for sentence in (
        "test_order raises AssertionError in an order in which the threads that it starts run one after another.",
        "test_alone raises AssertionError before it starts a thread.",
        "Cannot tell: test_fixture takes tmp_path, which pytest makes once",
        "The mark race takes model and seconds, by name, and not modle.",
        "socket.getaddrinfo is not modelled, and was not done",
        "Cannot tell: TestSetUp has setup_method",
        "Mock is not rewritten",
        "Cannot tell: test_case is no function that pytest calls.",
    ):
        assert sentence in said, sentence
    assert "Traceback" not in said


def test_a_marked_test_in_which_nothing_is_interleaved_fails(tmp_path: Path) -> None:
    """Without two threads at a time nothing is tested; one that skips itself is skipped."""
    tests = """
@pytest.mark.race
def test_no_thread():
    assert 1 + 1 == 2

@pytest.mark.race
def test_one_after_another():
    seen = []
    together(lambda: seen.append(1))
    together(lambda: seen.append(2))
    assert seen == [1, 2]

@pytest.mark.race
def test_two():
    seen = []
    together(lambda: seen.append(1), lambda: seen.append(2))
    assert len(seen) == 2

@pytest.mark.race
def test_skipped():
    pytest.skip("not here")
"""
    outcomes, said = pytest_run(tmp_path, f"{IMPORTS}{BOTH}\n{tests}")
    assert outcomes == {"test_no_thread": "FAILED", "test_one_after_another": "FAILED", "test_two": "PASSED"}, said
    assert "test_no_thread starts no thread that runs beside another. Start two threads" in said
    assert "test_skipped skips itself" in said
