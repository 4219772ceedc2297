"""The measurement, step by step. What is done is written down at once, so that it can be broken off and taken up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks._report import environment
from benchmarks.scaling import redis_peers, workers
from benchmarks.scaling.process import OPERATIONS, store_process
from benchmarks.scaling.redis_peers import quotients, spread
from benchmarks.scaling.stores import STORES

MOST_CLEANED = 10_000
"""Records in the cleanup of a store, which are a tenth of its sessions at most."""
WAITED_FOR = ("memory", "redis-fixed")
"""The stores whose cleanup is watched from requests."""
BYSTANDERS = 1000
"""Sessions that stay open there."""

Results = dict[str, Any]
Step = Callable[[], Results]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        sizes: numbers of sessions, ascending.
        due: records that wait for cleanup while requests go on.
        workers: of the servers, ascending from 1.
        rounds: turns of each contender.
        seconds: length of a turn.
        limit: seconds for the sizes of one store; a size that would go beyond is left out.
    """

    sizes: tuple[int, ...]
    due: int
    workers: tuple[int, ...]
    rounds: int
    seconds: float
    limit: float

    def as_json(self) -> Results:
        """As it is kept with the results."""
        told: Results = json.loads(json.dumps(asdict(self)))
        return told


def measure(plan: Plan, file: Path, say: Callable[[str], object]) -> Results:
    """All that the file does not have yet.

    Args:
        plan: what is wanted.
        file: holds the results so far, if it is there.
        say: is told the name of each step, and what became of it.

    Raises:
        ValueError: the file holds the results of another plan.
    """
    found: Results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if found.setdefault("plan", plan.as_json()) != plan.as_json():
        raise ValueError(f"{file} holds measurements of another plan: {found['plan']}. --fresh begins again.")
    done: Results = found.setdefault("steps", {})
    for name, step in _steps(plan, done).items():
        if name in done:
            say(f"{name}: measured before")
            continue
        begin, where = time.monotonic(), environment()
        result = step()
        done[name] = {"environment": where, "took_seconds": time.monotonic() - begin, **result}
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".new")
        unfinished.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(file)
        took = f"{done[name]['took_seconds']:.0f} s"
        say(f"{name}: {'left out, ' + result['left_out'] if 'left_out' in result else took}")
    return found


def at_size(store: str, sessions: int) -> str:
    """The name of the step that measures a store at a size."""
    return f"{store} at {sessions}"


def waiting_in(store: str) -> str:
    """The name of the step that measures requests beside the cleanup of a store."""
    return f"requests beside cleanup, {store}"


TWO_SIZES, PEERS, SERVED = "two sizes in turns, memory", "redis-fixed beside peers", "workers"


def _steps(plan: Plan, done: Results) -> dict[str, Step]:
    steps: dict[str, Step] = {}
    for store in STORES:
        for before, sessions in zip((0, *plan.sizes), plan.sizes, strict=False):
            steps[at_size(store, sessions)] = partial(_at_size, plan, done, store, before, sessions)
    steps[TWO_SIZES] = partial(_two_sizes, plan)
    steps[PEERS] = partial(redis_peers.measure, plan.sizes[0], plan.rounds, plan.seconds)
    for store in WAITED_FOR:
        steps[waiting_in(store)] = partial(_waiting, plan, store)
    steps[SERVED] = partial(workers.measure, plan.workers, plan.rounds, plan.seconds)
    return steps


def _at_size(plan: Plan, done: Results, store: str, before: int, sessions: int) -> Results:
    if before:
        smaller = done[at_size(store, before)]
        if "left_out" in smaller:
            return {"left_out": smaller["left_out"]}
        spent = sum(done[at_size(store, size)]["took_seconds"] for size in plan.sizes if size < sessions)
        expected = smaller["fill_seconds"] * sessions / before
        if spent + expected > plan.limit:
            return {"left_out": f"it would take {spent + expected:.0f} s, and {plan.limit:g} are allowed"}
    with store_process(store) as one:
        filled = one.ask("fill", sessions=sessions)
        operations = one.ask("operations", seconds=plan.seconds, rounds=plan.rounds)
        cleanup = one.ask("cleanup", items=min(sessions // 10, MOST_CLEANED))
    return {"sessions": sessions, **filled, "operations": operations, "cleanup": cleanup}


def _two_sizes(plan: Plan) -> Results:
    """The 99th percentile in memory at the smallest and the largest size, in processes that take turns."""
    few, many = plan.sizes[0], plan.sizes[-1]
    late: dict[str, dict[str, list[float]]] = {name: {str(few): [], str(many): []} for name in OPERATIONS}
    with store_process("memory") as small, store_process("memory") as large:
        small.ask("fill", sessions=few)
        large.ask("fill", sessions=many)
        for number in range(plan.rounds):
            for name, by_size in late.items():
                for size, one in [(few, small), (many, large)][:: 1 if number % 2 else -1]:
                    turn = one.ask("turn", operation=name, seconds=plan.seconds, seed=number)
                    by_size[str(size)].append(turn["p99_us"])
    ratios = {name: spread(quotients(by_size[str(many)], by_size[str(few)])) for name, by_size in late.items()}
    return {"few": few, "many": many, "p99_us": late, "ratios": ratios}


def _waiting(plan: Plan, store: str) -> Results:
    with store_process(store) as one:
        one.ask("fill", sessions=plan.due + BYSTANDERS)
        result: Results = one.ask("waiting", items=plan.due, seconds=max(1.0, plan.seconds))
    return result
