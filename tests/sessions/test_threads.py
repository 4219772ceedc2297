"""Web sessions under real threads of two workers: what was acknowledged is there, once."""

from __future__ import annotations

from functools import partial

from session_manager.sessions.contract import Changes, SessionConflict, WebSessions
from tests.sessions.places import THREADS, data, login
from tests.subject.threads import run_together

EACH = 30


def test_distinct_keys_merge(workers: list[WebSessions]) -> None:
    """Threads that set and remove their own keys lose none, and none comes back."""
    session_id = login(workers[0])

    def write(number: int) -> None:
        for turn in range(EACH):
            set_now, gone = f"{number}-{turn % 10}", f"{number}-{(turn + 5) % 10}"
            workers[number].change_session(session_id, Changes({set_now: str(turn)}, [gone]))

    run_together(partial(write, number) for number in range(THREADS))
    last = {f"{number}-{turn % 10}": str(turn) for number in range(THREADS) for turn in range(EACH - 5, EACH)}
    assert data(workers[0], session_id) == last


def test_every_sum_is_given_once(workers: list[WebSessions]) -> None:
    """No two callers get the same sum, and the last one is stored."""
    session_id = login(workers[0])
    sums: list[int] = []

    def count_up(number: int) -> None:
        sums.extend([workers[number].add(session_id, "n", 1) for _ in range(EACH)])

    run_together(partial(count_up, number) for number in range(THREADS))
    assert sorted(sums) == list(range(1, THREADS * EACH + 1))
    assert data(workers[0], session_id) == {"n": str(THREADS * EACH)}


def test_a_value_is_taken_by_one_of_several(workers: list[WebSessions]) -> None:
    """Eight callers want each value; one gets it."""
    keys = [str(number) for number in range(EACH)]
    session_id = login(workers[0])
    workers[0].change_session(session_id, Changes({key: f"for one {key}" for key in keys}))
    taken: list[str] = []

    def take_all(number: int) -> None:
        for key in keys:
            found = workers[number].take(session_id, key)
            taken.extend([] if found is None else [found])

    run_together(partial(take_all, number) for number in range(THREADS))
    assert sorted(taken) == sorted(f"for one {key}" for key in keys)
    assert data(workers[0], session_id) == {}


def test_no_acknowledged_increment_is_lost_by_read_and_write(workers: list[WebSessions]) -> None:
    """A change that says what it has read is refused if somebody was faster."""
    session_id = login(workers[0])

    def increase(number: int) -> None:
        done = 0
        while done < EACH:
            read = data(workers[number], session_id).get("n")
            try:
                changes = Changes({"n": str(int(read or 0) + 1), f"by {number}": str(done + 1)}, read={"n": read})
                workers[number].change_session(session_id, changes)
            except SessionConflict:
                continue
            done += 1

    run_together(partial(increase, number) for number in range(THREADS))
    each = {f"by {number}": str(EACH) for number in range(THREADS)}
    assert data(workers[0], session_id) == {"n": str(THREADS * EACH), **each}


def test_nobody_sees_half_of_a_change(workers: list[WebSessions]) -> None:
    """Keys that are changed together are seen together, also one that comes and goes."""
    session_id = login(workers[0], a="0", b="0")
    torn: list[dict[str, str]] = []
    running = iter(range(EACH * 2))

    def write() -> None:
        for turn in running:
            coming, going = ({"odd": ""}, []) if turn % 2 else ({}, ["odd"])
            workers[0].change_session(session_id, Changes({"a": str(turn), "b": str(turn), **coming}, going))

    def read(number: int) -> None:
        for _ in range(EACH):
            seen = data(workers[number], session_id)
            if seen["a"] != seen["b"] or ("odd" in seen) != (int(seen["a"]) % 2 == 1):
                torn.append(seen)

    run_together([write, *(partial(read, number) for number in range(1, 5))])
    assert torn == []
