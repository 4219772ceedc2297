"""How much the right answer costs: the fixed manager beside the buggy one and beside what people use instead.

    python benchmarks/managers.py            about two minutes, and 2 GB of memory for the million sessions
    python benchmarks/managers.py --quick    a look in 15 seconds; a tenth of the sessions

Contenders take turns, round by round, so that whatever else the machine does hits all of them alike.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import sys
import threading
import time
import timeit
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

if not __package__:  # run by path: Python then searches this folder first, whose http.py would hide its own `http`
    sys.path.pop(0)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._report import Target, environment, ratio, say_environment, say_table, say_targets
from benchmarks._stores import RUNTIME, EvenIds, Increment, NoDatabase, contenders, new_buggy, new_fixed
from session_manager import Manager, fixed
from session_manager.databases import DatabaseDials, MemoryDatabase

THREADS = (1, 8)
QUEUED_SHARE = 10  # one session in so many is deleted and waits for cleanup while the sampling is measured

Rates = dict[int, dict[str, list[float]]]


def main() -> None:
    """Measure, and say what came out."""
    options = _options()
    found = environment(threads=max(THREADS), rounds=options.rounds, sessions=options.sessions)
    say_environment(found)
    rates = increments(options.sessions, options.rounds, options.seconds)
    say_increments(rates)
    cleanups = cleanup(3 if options.quick else 7)
    memory = memory_per_session(5_000 if options.quick else 50_000)
    sampling = sample(100, 100_000 if options.quick else 1_000_000)
    say_growth(cleanups, sampling, memory)
    targets = [*increment_targets(rates), *growth_targets(cleanups, sampling, memory)]
    say_targets(targets)
    print("\n" + WHAT_IS_WHAT)
    if options.json:
        told = {
            "environment": found,
            "increments_per_second": {n: {k: statistics.median(v) for k, v in row.items()} for n, row in rates.items()},
            "cleanup_seconds": cleanups,
            "sampling_seconds": sampling,
            "bytes_per_session": memory,
            "targets": [target.as_json() for target in targets],
        }
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


WHAT_IS_WHAT = """\
The targets compare with 'dict+Lock': the same session, count, time stamp and clock reading, behind one lock, in memory
alone. 'bare dict+Lock' only adds one to a number. The managers do more than both: each increment is also written,
compare-and-set, to a second store (the in-memory database, with a lock of its own) before the caller hears of it."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Read ratios, not rates. A target that is not reached is printed as such; the exit code stays 0.",
    )
    parser.add_argument("--rounds", type=int, default=9, help="how often everybody takes a turn (default 9)")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of one turn (default 0.3)")
    parser.add_argument(
        "--sessions",
        type=int,
        default=64,
        help="sessions that the increments are spread over (default 64); 1 puts every thread on the same one",
    )
    parser.add_argument("--json", metavar="FILE", help="also write everything here")
    parser.add_argument("--quick", action="store_true", help="3 short rounds and a tenth of the sessions")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 3, 0.1
    if options.rounds < 1 or options.sessions < 1 or options.seconds <= 0:
        parser.error("--rounds, --sessions and --seconds are above 0.")
    return options


def increments(sessions: int, rounds: int, seconds: float) -> Rates:
    """Increments per second: by number of threads, contender and round."""
    everybody = contenders(sessions)
    rates: Rates = {threads: {name: [] for name in everybody} for threads in THREADS}
    for _ in range(rounds):
        for threads in THREADS:
            for name, (increment, ids) in everybody.items():
                rates[threads][name].append(_rate(increment, ids, threads, seconds))
    return rates


def _rate(increment: Increment, ids: list[str], threads: int, seconds: float) -> float:
    """Let threads increment for a while, each beginning at another session. Returns increments per second."""
    passes = [0] * threads
    ready = threading.Barrier(threads + 1)
    repeated = ids * max(1, 64 // len(ids))  # so many between two looks at the clock that the looks do not count

    def visit(number: int) -> None:
        first = number * len(repeated) // threads
        mine = repeated[first:] + repeated[:first]
        ready.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for session_id in mine:
                increment(session_id)
            passes[number] += 1

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(threads)]
    for visitor in visitors:
        visitor.start()
    ready.wait()
    begin = time.perf_counter()
    for visitor in visitors:
        visitor.join()
    return sum(passes) * len(repeated) / (time.perf_counter() - begin)


def cleanup(rounds: int) -> dict[str, dict[int, float]]:
    """Processor seconds of one cleanup cycle: by what is cleaned and how much of it."""
    cases: dict[str, Callable[[], Manager]] = {
        "fixed, even ids": lambda: new_fixed(EvenIds()),
        "buggy, even ids": lambda: new_buggy(EvenIds()),
        "fixed, half of them odd (these fail)": new_fixed,
        "buggy, half of them odd (these fail)": new_buggy,
    }
    times: dict[str, dict[int, list[float]]] = {name: {1_000: [], 10_000: []} for name in cases}
    for _ in range(rounds):
        for name, make in cases.items():
            for items, taken in times[name].items():
                taken.append(_cleanup_time(make(), items))
    return {name: {items: statistics.median(taken) for items, taken in row.items()} for name, row in times.items()}


def _cleanup_time(manager: Manager, items: int) -> float:
    for session_id in [manager.create_session("user", "visitor") for _ in range(items)]:
        manager.delete_session(session_id)
    gc.collect()  # what was left over from opening and closing them
    begin = time.process_time()
    manager.run_cleanup()
    return time.process_time() - begin


def sample(few: int, many: int) -> dict[str, dict[int, float]]:
    """Seconds of one sample, by number of sessions; and bytes of the process's memory for each of the many."""
    calls, turns = 2_000, 15
    before = _resident()
    looks = {number: _look(number) for number in (few, many)}
    grown = (_resident() - before) / many
    times: dict[int, list[float]] = {number: [] for number in looks}
    for _ in range(turns):
        for number, look in looks.items():
            times[number].append(timeit.timeit(look, number=calls) / calls)
    medians = {number: statistics.median(taken) for number, taken in times.items()}
    return {"counts and count": medians, "resident bytes": {many: grown}}


def _look(sessions: int) -> Callable[[], object]:
    """What the sampler does ten times a second, on a manager with so many sessions."""
    database = MemoryDatabase(RUNTIME, DatabaseDials(0))
    manager = fixed.SessionManager(database, RUNTIME, max_sessions=2 * sessions + 1)
    ids = [manager.create_session(f"user_{n}", f"visitor {n}") for n in range(sessions)]
    for session_id in ids[::QUEUED_SHARE]:
        manager.delete_session(session_id)
    return lambda: (manager.counts(), database.count())


def _resident() -> float:
    """The most memory this process ever held, in bytes. macOS counts in bytes, others in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) if sys.platform == "darwin" else peak * 1024.0


def memory_per_session(sessions: int) -> dict[str, float]:
    """Bytes that Python allocated for each session."""
    bare = _held(NoDatabase(RUNTIME), sessions, preferences=0)
    three = _held(NoDatabase(RUNTIME), sessions, preferences=3)
    both = _held(MemoryDatabase(RUNTIME), sessions, preferences=0)
    return {"manager": bare, "manager, 3 preferences each": three, "the in-memory database's copy": both - bare}


def _held(database: MemoryDatabase, sessions: int, preferences: int) -> float:
    gc.collect()
    tracemalloc.start()
    manager = new_fixed(database=database)
    for number in range(sessions):
        session_id = manager.create_session(f"user_{number}", f"visitor {number}")
        for preference in range(preferences):
            manager.update_session(session_id, f"preference {preference}", f"value {number}")
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / sessions


def say_increments(rates: Rates) -> None:
    """Print the rates, and each as a part of dict+Lock."""
    rows = []
    for name in rates[1]:
        medians = [f"{statistics.median(rates[n][name]) / 1e6:.3f}" for n in THREADS]
        parts = [f"{ratio(rates[n][name], rates[n]['dict+Lock']):.2f}" for n in THREADS]
        rows.append((name, medians + parts))
    columns = [f"M/s, {n} thr." for n in THREADS] + [f"ratio, {n} thr." for n in THREADS]
    say_table(
        "Increments, million a second, and their ratio to dict+Lock (median of the rounds' ratios)", columns, rows
    )


def say_growth(cleanups: dict[str, dict[int, float]], sampling: Any, memory: dict[str, float]) -> None:
    """Print what depends on the number of sessions."""
    rows = [
        (name, [f"{t[1_000] * 1e3:.2f}", f"{t[10_000] * 1e3:.2f}", f"{_growth(t):.1f}"]) for name, t in cleanups.items()
    ]
    say_table("One cleanup cycle, milliseconds of processor time", ["1,000 items", "10,000 items", "times"], rows)
    times = sampling["counts and count"]
    cells = [f"{taken * 1e9:,.0f}" for taken in times.values()] + [f"{_growth(times):.2f}"]
    say_table("One sample, nanoseconds", [f"{n:,} sess." for n in times] + ["times"], [("counts() and count()", cells)])
    ((many, resident),) = sampling["resident bytes"].items()
    told = [(name, [f"{size:,.0f}"]) for name, size in memory.items()]
    told.append((f"both, as the system counts ({many:,})", [f"{resident:,.0f}"]))
    say_table("Memory per session, bytes (tracemalloc, with the strings that the caller passed in)", ["bytes"], told)


def increment_targets(rates: Rates) -> list[Target]:
    """What the increments should reach."""
    targets = [
        Target(f"fixed / dict+Lock, {n} thread{'s' * (n > 1)}", ratio(rates[n]["fixed"], rates[n]["dict+Lock"]), least)
        for n, least in zip(THREADS, (0.5, 0.45), strict=True)
    ]
    against_cache = ratio(rates[8]["fixed"], rates[8]["TTLCache+Lock"])
    return [*targets, Target("fixed / TTLCache+Lock, 8 threads", against_cache, 1.5)]


def growth_targets(cleanups: dict[str, dict[int, float]], sampling: Any, memory: dict[str, float]) -> list[Target]:
    """What should not grow."""
    _, many = sampling["counts and count"]
    return [
        Target("cleanup of 10 times the items", _growth(cleanups["fixed, even ids"]), 12, most=True, unit="x"),
        Target(f"a sample at {many:,} sessions", _growth(sampling["counts and count"]), 1.5, most=True, unit="x"),
        Target("memory per session in the manager", memory["manager"], 1023, most=True, unit=" B"),
    ]


def _growth(by_size: dict[int, float]) -> float:
    small, large = by_size.values()
    return large / small


if __name__ == "__main__":
    main()
