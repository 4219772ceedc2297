"""The command `matrix`: every variant on every scenario, written to the documents or compared with them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import IO, Any

import click

from ..bugs import ExitCode
from ..home import COMMAND, INSTALLED
from .explore import QUIET_FOR


@click.command(short_help="Every variant on every scenario.")
@click.option("--verify", is_flag=True, help="Compare with docs/matrix.json; exit 3 if a cell differs.")
@click.option("--write", is_flag=True, help="Write docs/matrix.json, docs/matrix.md and the traces in docs.")
@click.option(
    "--json", "file", type=click.File("w", lazy=False), metavar="FILE", help="Write the matrix to FILE; - prints it."
)
def matrix(verify: bool, write: bool, file: IO[str] | None) -> None:
    """Explore every variant on every scenario, and judge each fix.

    Exit codes: 0 done, and with --verify all as documented; 3 with --verify: a cell differs.
    """
    from ..catalogue import documents, markdown
    from ..catalogue import matrix as cells

    if verify and write:
        raise click.UsageError("--write changes the documents that --verify compares with. Use one of the two.")
    if write and INSTALLED:
        raise click.UsageError("--write changes the documents of a checkout, and an installed lab has none.")
    begun = time.monotonic()
    found = cells.compute(_progress(begun))
    if sys.stderr.isatty():
        click.echo("\r" + " " * 70 + "\r", err=True, nl=False)
    if file is not None:
        json.dump(found, file, indent=1)
        file.write("\n")
    if write:
        cells.KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        cells.KEPT.with_suffix(".md").write_text(markdown.markdown(found), encoding="utf-8")
        documents.rewrite()
    if file is None or file is not sys.stdout:
        _tell(found, time.monotonic() - begun)
    if verify:
        different = list(cells.differences(found, cells.kept()))
        click.echo("\n".join(different) or "Everything is as documented.", err=file is sys.stdout)
        sys.exit(ExitCode.NOT_AS_EXPECTED if different else ExitCode.AS_EXPECTED)


def _progress(begun: float) -> Callable[[str, str], None]:
    def tell(variant: str, scenario: str) -> None:
        if sys.stderr.isatty() and time.monotonic() - begun > QUIET_FOR:
            click.echo(f"\r{variant} on {scenario} ...".ljust(70), err=True, nl=False)

    return tell


def _tell(found: dict[str, Any], seconds: float) -> None:
    cells = [cell for row in found["cells"].values() for cell in row.values()]
    schedules = sum(cell["schedules"] for cell in cells)
    click.echo(f"{len(cells)} cells, {schedules:,} schedules covered in {seconds:.1f} s.")
    for name, told in found["verdicts"].items():
        command = f'{COMMAND} replay {told["scenario"]} "{told["schedule"]}" --variant {name}'
        where = f": {command}" if told["scenario"] else ""
        click.echo(f"  {name:24} {told['verdict']}{where}")
