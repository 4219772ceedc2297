"""How the managers scale: what a session costs at 10^3 to 10^6 of them, beside peers, and with several workers.

    python -m benchmarks.scale                     a quarter of an hour or more, and 3 GB of memory
    python -m benchmarks.scale --sizes 1000,10000  a look in a few minutes
    python -m benchmarks.scale --write             also docs/scaling.md, its picture, and docs/scaling.json

Each step is kept in FILE when it is done. Started again with the same options, it goes on where it was broken off.
Engines are real servers, started for a step and ended with it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

if not __package__:
    sys.exit("Run it as a module, in the project's folder: python -m benchmarks.scale")

from benchmarks._report import environment, say_environment, say_targets
from benchmarks.scaling import document, tables
from benchmarks.scaling.steps import Plan, measure
from benchmarks.scaling.targets import targets

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "instance" / "scaling.json"
SIZES = (1_000, 10_000, 100_000, 1_000_000)


def main(arguments: list[str] | None = None) -> None:
    """Measure, and say what came out."""
    options = _options(arguments)
    if options.fresh:
        options.json.unlink(missing_ok=True)
    say_environment(environment())
    plan = Plan(options.sizes, options.due, options.workers, options.rounds, options.seconds, options.limit)
    try:
        found = measure(plan, options.json, lambda said: print(said, flush=True))
    except ValueError as error:
        sys.exit(str(error))
    say(found)
    if options.write:
        document.write(found, options.docs)


def say(found: dict[str, Any]) -> None:
    """Print the tables, and what was reached."""
    for table in tables.all_tables(found):
        print(table.text())
    say_targets(targets(found))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Read ratios and slopes, not rates. A target that is not reached is printed; the exit code stays 0.",
    )
    add = parser.add_argument
    add("--sizes", type=_numbers, default=SIZES, help="numbers of sessions (default 1000,10000,100000,1000000)")
    add("--due", type=int, default=100_000, help="records in the cleanup that requests are measured beside")
    add("--workers", type=_numbers, default=(1, 2, 3, 4), help="workers of the servers (default 1,2,3,4)")
    add("--rounds", type=int, default=7, help="how often everybody takes a turn (default 7)")
    add("--seconds", type=float, default=0.7, help="length of one turn (default 0.7)")
    add("--limit", type=float, default=600, help="seconds for all sizes of one store (default 600)")
    add("--json", type=Path, metavar="FILE", default=FILE, help="where the results are kept (instance/scaling.json)")
    add("--fresh", action="store_true", help="forget the results in FILE")
    add("--write", action="store_true", help="write the document and the results beside it")
    add("--docs", type=Path, metavar="FOLDER", default=ROOT / "docs", help="where --write writes (default docs)")
    options = parser.parse_args(arguments)
    if min(options.sizes) < 10 or options.due < 1 or options.rounds < 1 or options.seconds <= 0:
        parser.error("--sizes are 10 or more; --due, --rounds and --seconds above 0.")
    if options.workers[0] != 1:
        parser.error("--workers begin with 1, which the others are compared with.")
    return options


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(part) for part in text.split(",")}))


if __name__ == "__main__":
    main()
