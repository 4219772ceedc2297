"""Do the tests notice a slip in the explorer or the checker themselves? Mutates a copy, one place at a time.

    python -m tests.mutants                       all of them, ten minutes or more
    python -m tests.mutants --only "a row"        those whose name or file contains that
    python -m tests.mutants --sample 10 --seed 7  some, drawn by chance

First the copy has to pass without a mutant. The exit code is 0 if every mutant is caught but those that are listed as
survivors, and 1 if not.
"""

from __future__ import annotations

import argparse
import random
import sys
from time import monotonic

from .copies import copy
from .table import Mutant, listed

PATIENCE = 600.0
"""Seconds for all tests together, without a mutant."""


def main() -> int:
    """See the module."""
    wanted = _wanted()
    with copy() as checkout:
        tests = sorted({test for mutant in wanted for test in mutant.tests})
        print(f"{len(wanted)} mutants. Without any:", end=" ", flush=True)
        failed = checkout.failure_of(tests, PATIENCE)
        print(failed or "all tests pass", flush=True)
        if failed:
            return 1
        begun, unexpected, caught = monotonic(), 0, 0
        for number, mutant in enumerate(wanted, 1):
            print(f"{number:4}  {mutant.name:<52}", end=" ", flush=True)
            by = checkout.caught_by(mutant)
            caught += bool(by)
            unexpected += bool(by) == bool(mutant.survives)
            print(_said(mutant, by), flush=True)
    print(f"{caught} of {len(wanted)} caught in {monotonic() - begun:.0f} s; {unexpected} not as listed.")
    return min(unexpected, 1)


def _wanted() -> list[Mutant]:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", metavar="TEXT", default="", help="a part of the name or of the file")
    parser.add_argument("--sample", metavar="N", type=int, help="how many to draw")
    parser.add_argument("--seed", type=int, default=1, help="of the drawing; 1 unless another is given")
    given = parser.parse_args()
    found = [mutant for mutant in listed() if given.only in mutant.name or given.only in mutant.file]
    if not found:
        parser.error(f"no mutant has {given.only!r} in its name or its file")
    if given.sample is not None:
        found = random.Random(given.seed).sample(found, min(given.sample, len(found)))
    return found


def _said(mutant: Mutant, by: str) -> str:
    if by:
        return f"caught by {by}" + (", and is listed as a survivor" if mutant.survives else "")
    return f"survives: {mutant.survives}" if mutant.survives else f"SURVIVED: {mutant.breaks} ({mutant.file})"


if __name__ == "__main__":
    sys.exit(main())
