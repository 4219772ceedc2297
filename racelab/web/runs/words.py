"""A run in words: its title, its conditions, what each manager did, and where two runs differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ...bugs import BUGS, Verdict
from ...live.json_types import LoadJson, RunJson
from ...promises.cards import plural
from ...promises.json_types import CardJson, PartJson, ResultJson
from ...traffic import TRAFFIC

Tone = Literal["good", "bad", "none"]

KINDS: Final[dict[str, str]] = {
    "": "a load from outside",
    "one_visitor": "one user, 50 updates",
    "mixed": "all four bugs, with faults",
    **{bug.key: bug.title.lower() for bug in BUGS},
}
NO_LOAD: Final = "no load"
DIALS: Final = ("Added delay", "Faults", "Slow database", "Cache TTL")
STOPPED: Final = 0.8
"""A load that took less than this share of its seconds was stopped, or its users had nothing left to do."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a run, and its value in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Said:
    """The verdict on one manager: its tone, in one word, and in sentences."""

    tone: Tone
    word: str
    parts: list[PartJson]
    vanished: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What one manager did of one bug; `counted` are the things of that number."""

    tone: Tone
    text: str
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One bug: what is counted of it, what each manager did, and the first line of evidence with the id of its loss.

    Attributes:
        why: the reason where there is no verdict, and the managers without one.
    """

    key: str
    title: str
    counted: str
    cells: dict[str, Cell]
    why: dict[str, str]
    evidence: str
    manager: str
    loss: str | None


def title(run: RunJson) -> str:
    """The name of a run, or what it was."""
    return run["name"] or described(run)


def described(run: RunJson) -> str:
    """`Run 3: lost updates, 20 users, 5 s`."""
    loads = run["loads"]
    if not loads:
        return f"Run {run['run']}"
    more = f", and {plural(len(loads) - 1, 'more load', 'more loads')}" if len(loads) > 1 else ""
    return f"Run {run['run']}: {_load(loads[0])}{more}"


def when(run: RunJson) -> str:
    """The day and the time at which it began, where the lab runs."""
    return moment(run["started_at"])


def moment(at: float) -> str:
    """A Unix time as the day and the time where the lab runs."""
    return datetime.fromtimestamp(at).astimezone().strftime("%-d %B %Y, %H:%M")


def conditions(run: RunJson) -> list[Condition]:
    """All that has a part in its numbers."""
    loads, of = run["loads"], run["environment"]
    dials = [load["dials"] for load in loads]
    threads = f"{of['threads']:,}" if of["threads"] else "an unknown number"
    return [
        Condition("Workload", _each(KINDS.get(load["kind"], load["kind"]) for load in loads)),
        Condition("Users per manager", _each(f"{load['visitors']:,}" for load in loads)),
        Condition("Duration", _each(_seconds(load) for load in loads)),
        Condition("Seed", _each("not known" if load["seed"] is None else str(load["seed"]) for load in loads)),
        Condition("Added delay", f"up to {of['window_ms']:g} ms" if of["window_ms"] else "none"),
        Condition("Faults", f"up to {100 * of['fault_rate']:g} %" if of["fault_rate"] else "none"),
        Condition("Slow database", _each(f"{each['db_latency_ms']:g} ms" for each in dials)),
        Condition("Cache TTL", _each(f"{each['cache_ttl_s']:,g} s" for each in dials)),
        Condition("Python", f"{of['python']}, {'one thread at a time' if of['gil'] else 'threads in parallel'}"),
        Condition("Threads", f"{of['workers']} workers of {threads}" if of["workers"] > 1 else threads),
        Condition("Database", of["database"]),
    ]


def facts(run: RunJson) -> list[Condition]:
    """The same without what only a load has, if there was none."""
    return [each for each in conditions(run) if each.value != NO_LOAD or each.name == "Workload"]


def differing(one: RunJson, other: RunJson) -> list[tuple[str, str, str, bool]]:
    """Each condition of two runs, and whether it differs.

    Dials that differ are one condition where the same workload has set its own in one run and had those of the page
    in the other: whoever uses the settings of the page takes all of them.
    """
    pairs = zip(conditions(one), conditions(other), strict=True)
    found = [(here.name, here.value, there.value, here.value != there.value) for here, there in pairs]
    dials = [row for row in found if row[0] in DIALS and row[3]]
    workload, *_ = found
    if not dials or workload[3] or _dials_of(one) == _dials_of(other):
        return found
    here = ", ".join(f"{name[0].lower()}{name[1:]} {value}" for name, value, _, _ in dials)
    there = ", ".join(f"{name[0].lower()}{name[1:]} {value}" for name, _, value, _ in dials)
    whose = ("Dials", f"{_dials_of(one)}: {here}", f"{_dials_of(other)}: {there}", True)
    return [workload, whose, *(row for row in found[1:] if row not in dials)]


def _dials_of(run: RunJson) -> str:
    """Whose dials its loads ran with."""
    of_the_workload = all(
        load["kind"] in TRAFFIC and TRAFFIC[load["kind"]].dialled.to_json().items() <= load["dials"].items()
        for load in run["loads"]
    )
    return "those of the workload" if of_the_workload else "those of the page"


def verdicts(run: RunJson) -> dict[str, Said]:
    """The verdict on each manager, in the words of the page See."""
    return {name: _said(run, result) for name, result in run["variants"].items()}


def apart(run: RunJson) -> list[str]:
    """Why the curve of missing changes ends below what has vanished, for each manager where it does."""
    last = {name: curve["missing"][-1] for name, curve in run["curves"]["managers"].items() if curve["missing"]}
    return [
        f"{name}: the curve counts missing accesses, {last[name]:,}; at rest {vanished:,} vanished, overwritten values "
        "included."
        for name, vanished in ((name, result["vanished"]) for name, result in run["variants"].items())
        if vanished > last.get(name, vanished)
    ]


def rows(run: RunJson) -> list[Row]:
    """A row for each bug."""
    return [_row(run, number) for number in range(len(BUGS))]


def _load(load: LoadJson) -> str:
    kind = KINDS.get(load["kind"], load["kind"])
    if load["kind"] == "one_visitor":
        return kind
    return f"{kind}, {plural(load['visitors'], 'user', 'users')}, {_seconds(load)}"


def _seconds(load: LoadJson) -> str:
    took = (load["ended_at"] or 0.0) - load["began_at"]
    early = load["ended_at"] is not None and took < STOPPED * load["seconds"]
    return f"{load['seconds']:g} s" + (f", ended after {took:.1f} s" if early else "")


def _each(values: Iterable[str]) -> str:
    """The values of several loads, each once."""
    return ", then ".join(dict.fromkeys(values)) or NO_LOAD


def _said(run: RunJson, result: ResultJson) -> Said:
    parts = result["cards"][run["card"]]["parts"] if run["card"] else result["parts"]
    if not result["asked"] and run["settled"]:
        return Said("none", "not measured", [{"text": "This manager has had no requests.", "role": "said"}], 0)
    return Said(_tone(result["verdict"]), result["verdict"], parts, result["vanished"])


def _row(run: RunJson, number: int) -> Row:
    bug = BUGS[number]
    counted = f"{bug.tested} {bug.wrong}"
    cards = {name: result["cards"][bug.key] for name, result in run["variants"].items()}
    manager, lines = next(((name, card["evidence"]) for name, card in cards.items() if card["evidence"]), ("", []))
    line = next((line for line in lines if line["loss"]), lines[0] if lines else None)
    return Row(
        bug.key,
        bug.title,
        counted,
        {name: _cell(card, counted) for name, card in cards.items()},
        _why({name: card for name, card in cards.items() if run["settled"] and run["variants"][name]["asked"]}),
        line["text"] if line else "",
        manager,
        line["loss"] if line else None,
    )


def _cell(card: CardJson, counted: str) -> Cell:
    if _is_open(card):
        return Cell("none", "cannot tell" if card["promised"] else "not measured")
    return Cell(_tone(card["verdict"]), f"{card['count']:,} of {card['promised']:,}", counted)


def _is_open(card: CardJson) -> bool:
    return card["verdict"] == Verdict.CANNOT_TELL or not card["promised"] + card["count"]


def _why(cards: dict[str, CardJson]) -> dict[str, str]:
    """The last sentence of a card has the reason. Managers with the same one are named together."""
    managers: dict[str, list[str]] = {}
    for name, card in cards.items():
        if _is_open(card):
            managers.setdefault(card["parts"][-1]["text"], []).append(name)
    return {reason: " and ".join(names) for reason, names in managers.items()}


def _tone(verdict: str) -> Tone:
    tones: dict[str, Tone] = {Verdict.AGREE: "good", Verdict.DISAGREE: "bad"}
    return tones.get(verdict, "none")
