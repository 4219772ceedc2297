"""The results as tables, for the terminal and for the document alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.scaling.fit import fit
from benchmarks.scaling.process import OPERATIONS
from benchmarks.scaling.redis_peers import PEER_OF
from benchmarks.scaling.steps import PEERS, SERVED, TWO_SIZES, WAITED_FOR, at_size, waiting_in
from benchmarks.scaling.stores import STORES
from session_manager.shared.stores import SHARED

LEFT_OUT, TOO_SMALL = "left out", "too few"
Results = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table. The first cell of a row is its name."""

    title: str
    columns: list[str]
    rows: list[list[str]]

    def text(self) -> str:
        """For a terminal."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [self._line(row, widths) for row in (self.columns, *self.rows)]
        return "\n".join(["", self.title, *lines])

    def markdown(self) -> str:
        """For a document."""
        bars = ["|".join(["", "---", *["---:" for _ in self.columns[1:]], ""])]
        lines = [f"| {' | '.join(row)} |" for row in self.rows]
        return "\n".join([f"**{self.title}**", "", f"| {' | '.join(self.columns)} |", *bars, *lines, ""])

    @staticmethod
    def _line(row: list[str], widths: list[int]) -> str:
        return "  " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])


def all_tables(found: Results) -> list[Table]:
    """Every table, in the order of the document."""
    return [
        weights(found),
        *(latency(found, operation) for operation in ("create", *OPERATIONS)),
        processors(found),
        cleanup(found),
        two_sizes(found),
        peers(found),
        waiting(found),
        served(found),
        instrument(found),
    ]


def measured(found: Results, store: str) -> dict[int, Results]:
    """The steps of a store by size, without those that were left out."""
    steps = {size: found["steps"][at_size(store, size)] for size in found["plan"]["sizes"]}
    return {size: step for size, step in steps.items() if "left_out" not in step}


def weights(found: Results) -> Table:
    """What a session weighs."""
    rows = []
    for store in STORES:
        for key, where in (("process_bytes", "this process"), ("engine_bytes", "its engine")):
            by_size = {size: step[key] for size, step in measured(found, store).items()}
            if any(by_size.values()) and (store not in SHARED or key == "engine_bytes"):
                rows.append([f"{store}, in {where}", *_cells(found, by_size, "{:,.0f}".format)])
    return Table("Bytes for a session", ["", *_sizes(found)], rows)


def latency(found: Results, operation: str) -> Table:
    """How long an operation takes at each size, and how that grows."""
    rows = []
    for store in STORES:
        by_size = {size: step["operations"][operation] for size, step in measured(found, store).items()}
        cells = _cells(found, by_size, lambda turn: f"{_us(turn['p50_us'])} / {_us(turn['p99_us'])}")
        rows.append([store, *cells, *_growth({size: turn["p50_us"] for size, turn in by_size.items()})])
    columns = ["", *_sizes(found), "slope of p50", "p50 is"]
    return Table(f"{operation}, microseconds: median / 99th percentile, 8 threads", columns, rows)


def processors(found: Results) -> Table:
    """What a call costs the processors, at the largest size."""
    rows = []
    for store in STORES:
        steps = measured(found, store)
        operations = steps[max(steps)]["operations"]
        for key, where in (("process_us", "this process"), ("engine_us", "its engine")):
            cells = [operations[name][key] for name in ("create", *OPERATIONS)]
            if any(cells):
                rows.append([f"{store}, {where}", f"{max(steps):,}", *map(_us, cells)])
    columns = ["", "sessions", "create", *OPERATIONS]
    return Table("Processor time of a call, microseconds", columns, rows)


def cleanup(found: Results) -> Table:
    """What it costs to remove a record."""
    rows = []
    for store in STORES:
        by_size = {size: step["cleanup"]["item_us"] for size, step in measured(found, store).items()}
        rows.append([store, *_cells(found, by_size, _us), *_growth(by_size)])
    return Table("Cleanup, microseconds for a record", ["", *_sizes(found), "slope", "it is"], rows)


def two_sizes(found: Results) -> Table:
    """The 99th percentile in memory at two sizes."""
    step = found["steps"][TWO_SIZES]
    few, many = step["few"], step["many"]
    rows = [
        [name, *(_us(median(by_size[str(size)])) for size in (few, many)), _spread(step["ratios"][name])]
        for name, by_size in step["p99_us"].items()
    ]
    return Table(
        "In memory, 99th percentile in microseconds, two processes in turns",
        ["", f"{few:,}", f"{many:,}", "ratio"],
        rows,
    )


def peers(found: Results) -> Table:
    """redis-fixed beside its peers."""
    step = found["steps"][PEERS]
    rows = []
    for task, row in step["rates"].items():
        for name, by_threads in row.items():
            told = [f"{median(by_threads[threads]):,.0f}" for threads in by_threads]
            ratios = [_spread(step["ratios"][task][threads].get(name)) for threads in by_threads]
            passed = f"{step['network_bytes'][task][name]:,.0f}"
            rows.append([f"{task}: {name}", *told, *ratios, _us(step["redis_us"][task][name]), passed])
    over = "; ".join(f"{task}: {peer}" for task, peer in PEER_OF.items())
    columns = ["", "calls/s, 1 thread", "8 threads", "cost, 1 thread", "8 threads", "Redis us", "bytes"]
    return Table(f"On one Redis, the cost as a multiple of the peer's ({over})", columns, rows)


def waiting(found: Results) -> Table:
    """Requests beside cleanup."""
    rows = []
    for store in WAITED_FOR:
        step = found["steps"][waiting_in(store)]
        for name, key in (("before it", "without"), (f"beside {step['items']:,} records", "beside")):
            turn = step[key]
            times = [f"{turn[of] / 1e3:.2f}" for of in ("p50_us", "p99_us", "longest_us")]
            rows.append([f"{store}, {name}", f"{turn['calls']:,}", *times, f"{turn['late']}"])
    return Table(
        "Requests beside cleanup, milliseconds", ["", "requests", "median", "p99", "longest", "over 50 ms"], rows
    )


def served(found: Results) -> Table:
    """Requests per second by workers."""
    step = found["steps"][SERVED]
    rows = []
    for request, by_workers in step["over_one"].items():
        for name, ratio in by_workers.items():
            rate = f"{median(step['rates'][request][name]):,.0f}"
            rows.append([f"{request}, {name} worker{'s' * (name != '1')}", rate, _spread(ratio)])
    cores = step["environment"]["cores"]
    title = f"redis-fixed behind gunicorn, {cores} cores shared with the load and Redis"
    return Table(title, ["", "requests/s", "over 1 worker"], rows)


def instrument(found: Results) -> Table:
    """What the lab costs."""
    step = found["steps"][SERVED]
    rows = [
        [
            request,
            f"{median(step['rates'][request][str(step['several'])]):,.0f}",
            f"{median(step['rates'][request]['without the lab']):,.0f}",
            _spread(ratio),
            f"{step['recorder_us']:.1f}",
            f"{100 * step['recorder_share'][request]:.1f} %",
        ]
        for request, ratio in step["lab_over_none"].items()
    ]
    title = f"The instrument with {step['several']} workers: journal, judge and access control, against none of it"
    return Table(title, ["", "with, req/s", "without", "ratio", "recorder us/call", "of a request"], rows)


def _sizes(found: Results) -> list[str]:
    return [f"{size:,}" for size in found["plan"]["sizes"]]


def _cells(found: Results, by_size: dict[int, Any], told: Callable[[Any], str]) -> Iterator[str]:
    for size in found["plan"]["sizes"]:
        if size not in by_size:
            yield LEFT_OUT
        else:
            yield TOO_SMALL if by_size[size] is None else told(by_size[size])


def _growth(by_size: dict[int, float]) -> list[str]:
    fitted = fit(by_size)
    return [f"{fitted.slope:+.2f}", fitted.meaning] if fitted else ["", "of one size"]


def _spread(ratio: dict[str, float] | None) -> str:
    return f"{ratio['median']:.2f} ({ratio['least']:.2f} to {ratio['most']:.2f})" if ratio else "1"


def _us(microseconds: float) -> str:
    return f"{microseconds:,.0f}" if microseconds >= 10 else f"{microseconds:.1f}"
