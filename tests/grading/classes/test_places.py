"""Places are noted as text, by which another process finds them."""

from __future__ import annotations

from pathlib import Path

from racelab.explorer.code.sites import Site, add
from racelab.grading.classes.conclusion import sites_at, stop


def test_places_are_found_by_what_was_noted_of_them(tmp_path: Path) -> None:
    """Those of that file in the folder where imports begin, and of no other file of that name."""
    sites = [Site(str(tmp_path / name / "a.py"), line, 0, 9, "read .n") for name in "ab" for line in (1, 2)]
    numbers = [add(site) for site in sites]
    root = str(tmp_path / "a")
    assert sites_at([stop(sites[1], root)], root) == {numbers[1]}
    assert sites_at([stop(sites[1], root), stop(sites[2], root)], root) == {numbers[1], numbers[2]}
    assert sites_at(["a.py:3:0-9 read .n"], root) == set()
