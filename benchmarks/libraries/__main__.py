"""Grades popular classes as installed, and writes docs/libraries.md.

python -m benchmarks.libraries                            some two minutes; prints the page
python -m benchmarks.libraries --only cachetools.Cache
python -m benchmarks.libraries --write                    docs/libraries.md

"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from racelab.grading.classes.program import MODELS
from racelab.grading.classes.search import grade_program

from .document import Row, page
from .library import Library
from .packages import PACKAGES
from .standard import STANDARD

LIBRARIES = (*STANDARD, *PACKAGES)
PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "libraries.md"
SECONDS, QUICK = 30.0, 2.0


def grade(library: Library, seconds: float) -> Row:
    """Grade each of its programs under each model, for that many seconds each."""
    return Row(
        library,
        tuple([tuple([grade_program(program, model, seconds) for model in MODELS]) for program in library.programs()]),
    )


def main() -> None:
    """Grade them, and print or write the page."""
    options = _options()
    seconds = QUICK if options.quick else SECONDS
    rows = []
    for library in LIBRARIES:
        if not options.only or library.name in options.only:
            rows.append(grade(library, seconds))
            print(f"  {library.name}", file=sys.stderr, flush=True)
    text = page(rows, seconds)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK:g} seconds for a program, in place of {SECONDS:g}"
    )
    names = [library.name for library in LIBRARIES]
    parser.add_argument("--only", nargs="+", metavar="NAME", default=(), choices=names, help="these classes only")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    options = parser.parse_args()
    if options.write and (options.only or options.quick):
        parser.error("--write is for the whole page. Leave out --only and --quick.")
    return options


if __name__ == "__main__":
    main()
