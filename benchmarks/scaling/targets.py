"""What should be reached, and whether it is."""

from __future__ import annotations

from typing import Any

from benchmarks._report import Target
from benchmarks.scaling.redis_peers import PEER_OF, VARIANT
from benchmarks.scaling.steps import PEERS, SERVED, TWO_SIZES, WAITED_FOR, at_size, waiting_in

MOST_TIMES = {"read + change": 1.0, "increment": round(1 / 0.7, 2)}
"""The cost of a task of redis-fixed, as a multiple of its peer's."""
MOST_MEGABYTES = 400
"""For a million sessions in Redis."""
MILLION = 1_000_000
MOST_GROWTH = 1.5
"""Of the 99th percentile in memory, from the smallest to the largest size."""
LEAST_OF_SEVERAL = 1.6
"""Three workers over one, where there are cores for them; the load and Redis need some, too."""
LEAST_WITH_THE_LAB = 0.95
LONGEST_MS = 50


def targets(found: dict[str, Any]) -> list[Target]:
    """All of them, of complete results."""
    steps = found["steps"]
    reached = []
    for task, row in steps[PEERS]["ratios"].items():
        for threads, by_name in row.items():
            name = f"cost of {task} / {PEER_OF[task]}, {threads} thread{'s' * (threads != '1')}"
            reached.append(Target(name, by_name[VARIANT]["median"], MOST_TIMES[task], most=True, unit="x"))
    for request, by_workers in steps[SERVED]["over_one"].items():
        several = str(steps[SERVED]["several"])
        name = f"{request}: {several} workers / 1"
        reached.append(Target(name, by_workers[several]["median"], LEAST_OF_SEVERAL, unit="x"))
    for request, ratio in steps[SERVED]["lab_over_none"].items():
        reached.append(Target(f"{request}: with the lab / without", ratio["median"], LEAST_WITH_THE_LAB, unit="x"))
    if (weighed := redis_bytes(found)) is not None:
        size, weight = weighed
        name = f"a million sessions in Redis, as {size:,} of them weigh"
        reached.append(Target(name, weight * MILLION / 1e6, MOST_MEGABYTES, most=True, unit=" MB"))
    for operation, ratio in steps[TWO_SIZES]["ratios"].items():
        name = f"p99 of {operation} in memory, {steps[TWO_SIZES]['many']:,} sessions / {steps[TWO_SIZES]['few']:,}"
        reached.append(Target(name, ratio["median"], MOST_GROWTH, most=True, unit="x"))
    for store in WAITED_FOR:
        step = steps[waiting_in(store)]
        longest = step["beside"]["longest_us"] / 1e3
        name = f"longest request beside {step['items']:,} due records, {store}"
        reached.append(Target(name, longest, LONGEST_MS, most=True, unit=" ms"))
    return reached


def redis_bytes(found: dict[str, Any]) -> tuple[int, float] | None:
    """The largest size that was measured in Redis, and what a session weighs there."""
    steps = {size: found["steps"][at_size(VARIANT, size)] for size in found["plan"]["sizes"]}
    return max(((size, step["engine_bytes"]) for size, step in steps.items() if "engine_bytes" in step), default=None)
