"""The verdict as HTML: a page on Locust's own port, and a section of its report. Both are whole without a network.

They have the lab's own look: its style sheets are put into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from locustfiles._verdict import Report
from racelab.bugs import BUGS
from racelab.cli.terminal import environment_line
from racelab.home import ROOT

HERE = Path(__file__).resolve().parent / "look"
SHEETS = ("tokens", "base", "layout", "verdict", "bugs")
PLACE = '<div id="root"></div>'
"""Where Locust's report begins. Locust has no way to add to it, so the verdict is put before this."""

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Told:
    """What can be told of a load.

    Attributes:
        lead, aside: a sentence, and the next one, while there is no report.
        host: the lab under load, as Locust was told.
        report: the result, at the end.
    """

    lead: str
    aside: str
    host: str
    report: Report | None = None

    @property
    def lab(self) -> str:
        """The address for links, or nothing if that is no address of a site."""
        return self.host.rstrip("/") if self.host.startswith(("http://", "https://")) else ""


def page(told: Told) -> str:
    """The whole page; while there is no report, it loads itself again."""
    return _environment().get_template("page.html").render(told=told)


def with_verdict(report: str, told: Told, theme: Theme = "light") -> str:
    """Locust's HTML report, with the verdict on top; unchanged while there is none."""
    if told.report is None:
        return report
    section = _environment().get_template("section.html").render(told=told, theme=theme)
    return report.replace(PLACE, section + PLACE, 1)


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    own = [ROOT / "static" / "css" / f"{name}.css" for name in SHEETS]
    made.globals |= {
        "bugs": BUGS,
        "environment_line": environment_line,
        "favicon": "data:image/svg+xml," + quote(_read(ROOT / "static" / "favicon.svg")),
        "icons": Markup(_read(ROOT / "templates" / "icons.svg")),
        "styles": Markup("\n".join(map(_read, [*own, HERE / "verdict.css"]))),
    }
    return made


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
