"""A whole check: recognise the server, control it, fill the columns."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable

from ...bugs import Verdict
from . import controls, workers
from .address import parsed
from .bench import Bench
from .columns import increments, keys, logouts, other_visitor, rows
from .controls import ControlFailed, Controls
from .judge import cannot, overall
from .module import Module
from .recognise import Unrecognised, recognise
from .report import Column, Report
from .settings import COLUMNS, LOGOUTS, ColumnKey, Settings
from .wire import Wire

NOT_TESTED = "Not tested."
LAB = (
    "This server is the lab itself: the requests of this check are in its present run. To keep them out of what you"
    " measure next, press New run on the page See."
)
Progress = Callable[[str], None]

ONE_AT_A_TIME = (
    "This server answers one request at a time, so no two of them could overlap. Start it with several threads, as"
    " it runs in production."
)


def check(url: str, settings: Settings | None = None, progress: Progress = lambda _: None) -> Report:
    """Check the session store of a running server.

    Args:
        url: its address; with a path if the routes are not under /race.
        settings: see `Settings`.
        progress: is told every now and then how far the check is, in a few words; from this thread.

    Returns:
        The report; also if nothing could be measured, and then it says why.

    Raises:
        BadAddress: `url` names no server.
    """
    settings = settings or Settings()
    parts = parsed(url)
    wire = Wire(url, settings.patience)
    began = time.monotonic()
    try:
        progress(f"asking {url}")
        site = recognise(wire, parts, settings.protocol)
    except Unrecognised as why:
        wire.close()
        return _nothing(url, "", settings, str(why))
    except BaseException:
        wire.close()
        raise
    bench = Bench(site, settings, progress)
    try:
        shown = controls.run(bench)
        columns = tuple(_column(bench, key, shown) for key in settings.wanted)
        return _report(url, bench, shown, columns, time.monotonic() - began)
    except ControlFailed as why:
        return _nothing(url, site.name, settings, str(why))
    finally:
        bench.close()


def _column(bench: Bench, key: ColumnKey, shown: Controls) -> Column:
    """One column, or why it cannot be filled."""
    if bench.apart:
        return cannot(key, NOT_TESTED)
    if bench.site.wire.gone:
        return cannot(key, f"The server had stopped answering. {bench.site.wire.gone}")
    if key == "rows":
        return rows.column(bench)
    if shown.one_at_a_time:
        return cannot(key, ONE_AT_A_TIME)
    if key in LOGOUTS:
        return cannot(key, shown.logout) if shown.logout else logouts.column(bench, key)
    fill = {
        "increments": increments.column,
        "keys": keys.column,
        "keys_while_reading": keys.column_while_reading,
        "other_visitor": other_visitor.column,
    }
    return fill[key](bench)


def _nothing(url: str, protocol: str, settings: Settings, why: str) -> Report:
    """The report on a server that cannot be judged."""
    columns = tuple(cannot(key, NOT_TESTED) for key in settings.wanted)
    return Report(url, protocol, Verdict.CANNOT_TELL, why, columns, (), _conditions(settings))


def _report(url: str, bench: Bench, shown: Controls, columns: tuple[Column, ...], seconds: float) -> Report:
    settings = bench.settings
    if bench.strangers and "other_visitor" not in settings.wanted:
        seen = {column.key: column for column in (*columns, other_visitor.on_the_way(bench))}
        columns = tuple(seen[key] for key in COLUMNS if key in seen)
    unasked = settings.columns is None
    optional = frozenset(
        column.key for column in columns if unasked and column.key == "rows" and column.verdict is Verdict.CANNOT_TELL
    )
    if bench.apart and not (bench.late and any(column.verdict is Verdict.DISAGREE for column in columns)):
        verdict, sentence = Verdict.CANNOT_TELL, workers.explained(bench)
        columns = tuple(cannot(column.key, NOT_TESTED) for column in columns)
    else:
        verdict, sentence = overall(columns, optional)
    notes = []
    if len(bench.workers) > 1:
        notes.append(f"{len(bench.workers)} processes answered, and all of them know the same sessions.")
    elif bench.workers:
        notes.append("One process answered.")
    if not bench.site.holds:
        notes.append("These routes cannot be told to wait, so `hold` has no effect and what overlaps is luck.")
    elif not shown.holds:
        notes.append("The server does not wait as long as `hold` says, so less overlaps than it could.")
    if isinstance(bench.site, Module) and bench.site.is_lab():
        notes.append(LAB)
    conditions = _conditions(settings) | {"took_s": round(seconds, 2), "requests": bench.site.wire.requests}
    return Report(url, bench.site.name, verdict, sentence, columns, tuple(notes), conditions)


def _conditions(settings: Settings) -> dict[str, str | float]:
    return {
        "clients": settings.clients,
        "seconds": settings.seconds,
        "hold_ms": settings.hold,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
