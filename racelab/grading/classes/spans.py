"""Where one lock would have kept the calls of a finding apart: for each of them, lines of one function.

A call has to hold it over everything that it does to the places of the finding, and not only over the accesses that
show the fault: a counter that is raised in one line and answered in the next needs both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from .interleavings import Event, Unit
from .trace import Line, Step, Trace
from .uses import source_of

LOCKS: Final = ("lock", "rlock")


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of one function, from `first` to `last`; `begins` is the line where the function begins."""

    file: str
    function: str
    begins: int
    first: int
    last: int

    def __str__(self) -> str:
        lines = f"from line {self.first} to line {self.last}" if self.first != self.last else f"over line {self.first}"
        return f"{lines} of {self.function}()"


@dataclass(frozen=True, slots=True)
class Hold:
    """What has to be held where.

    Attributes:
        lock: the author's, as the author writes it; empty for a new one.
        inside: whether that is taken somewhere in there already, so that it has to be an RLock.
        once: whether that is done by `with` statements among these lines alone, which can become one.
        spans: one for each function.
        whole: whether a call does it in no one function, so that its caller has to hold the lock.
        places: what it is about, as the author writes it.
        database: whether all of that is in one database, where a transaction takes the place of a lock.
        nested: where one function calls another that has to hold it too: 'set() calls save()', so it is an RLock.
    """

    lock: str
    inside: bool
    once: bool
    spans: tuple[Span, ...]
    whole: bool
    places: tuple[str, ...]
    database: bool = False
    nested: str = ""


def hold(trace: Trace, events: Sequence[Event]) -> Hold:
    """Where the calls of these accesses have to hold one lock.

    Args:
        trace: of the schedule.
        events: those that show the fault.
    """
    named = {event.location: event.touch.place for event in events}
    units = list({id(event.unit): event.unit for event in events}.values())
    about = [(unit, [event for event in unit.events if _is_about(event, set(named))]) for unit in units]
    name, place, kind = _only_lock(trace, tuple(named.values()))
    open_units = [(unit, mine) for unit, mine in about if not (name and _in_one_section(trace, unit, mine, name))]
    spans = _merged([one for _, mine in open_units or about if (one := _lines(mine)) is not None])
    inside = kind == "lock" and (
        any(_is_taken(trace, unit, mine, name) for unit, mine in open_units)
        or any(_may_take(one, place) for one in spans)
        or any(name in event.touch.held and _is_in(event, spans) for _, mine in about for event in mine)
    )
    lines = [_lines(mine) for _, mine in open_units or about]
    return Hold(
        place,
        inside,
        inside and _is_once(trace, open_units, spans, name, place),
        tuple(spans),
        any(one is None for one in lines),
        tuple(dict.fromkeys(named.values())),
        all(thing.startswith("database") for thing, _ in named),
        _nested(spans, [event for _, mine in about for event in mine]) if kind != "rlock" else "",
    )


def _is_about(event: Event, named: set[tuple[str, str]]) -> bool:
    thing, key = event.location
    return any(thing == one and (key == other or not key or not other) for one, other in named)


def _only_lock(trace: Trace, places: Sequence[str]) -> tuple[str, str, str]:
    """The one lock that lies beside what it is about: its name, how the author writes it, and its kind."""
    insides = {one.place for one in trace.primitives if one.kind.lower() not in (*LOCKS, "condition")}
    found = [one for one in trace.primitives if one.kind.lower() in LOCKS and one.place and one.place not in insides]
    if len({one.place for one in found}) != 1:
        return "", "", ""
    lock = found[0]
    beside = lock.place.rpartition(".")[0]
    if not all(place.startswith(beside) for place in places):
        return "", "", ""
    return lock.name, lock.place, lock.kind.lower()


def _in_one_section(trace: Trace, unit: Unit, mine: Sequence[Event], lock: str) -> bool:
    """Whether the call holds that lock over all of it already, from one taking to one release."""
    if not all(lock in event.touch.held for event in mine):
        return False
    steps = range(mine[0].step + 1, mine[-1].step + 1)
    taken = [trace.steps[number] for number in steps]
    return not any(step.task == unit.task and step.primitive == lock for step in taken)


def _is_in(event: Event, spans: Sequence[Span]) -> bool:
    """Whether it happened in those lines."""
    lines = [line for line in (event.touch.line, *event.touch.callers) if line is not None]
    return any(_is_of(line, one) for line in lines for one in spans)


def _is_taken(trace: Trace, unit: Unit, mine: Sequence[Event], lock: str) -> bool:
    """Whether the call has taken that lock on the way from its first to its last access."""
    steps = [trace.steps[number] for number in range(mine[0].step, mine[-1].step + 1)]
    taken = any(step.task == unit.task and step.primitive == lock for step in steps[1:])
    return taken or any(lock in event.touch.held for event in mine)


def _is_once(
    trace: Trace, units: Sequence[tuple[Unit, list[Event]]], spans: Sequence[Span], name: str, place: str
) -> bool:
    """Whether the calls have taken that lock in those lines themselves, and no function that these call takes it."""
    taken = [step.line for unit, mine in units for step in _up_to(trace, unit, mine[-1].step) if _takes(step, name)]
    own = [any(line is not None and _is_of(line, one) for one in spans) for line in taken]
    return all(own) and not any(_may_take(one, place, by_others=True) for one in spans)


def _up_to(trace: Trace, unit: Unit, last: int) -> list[Step]:
    """The steps of a call, up to that one."""
    mine = [step for step in trace.steps[: last + 1] if step.task == unit.task]
    begun = [place for place, step in enumerate(mine) if step.begins]
    return mine[begun[-1] if begun else 0 :]


def _takes(step: Step, lock: str) -> bool:
    return step.primitive == lock and step.what == "take"


def _is_of(line: Line, span: Span) -> bool:
    return _function(line) == (span.file, span.function, span.begins) and span.first <= line.line <= span.last


def _may_take(span: Span, lock: str, by_others: bool = False) -> bool:
    """Whether the source of these lines, or a function of the file that they name, speaks of the lock.

    Args:
        by_others: not counting the `with` statements among the lines.
    """
    source = source_of(span.file)
    if source is None:
        return False
    functions: dict[str, list[ast.AST]] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.setdefault(node.name, []).append(node)
    wanted = lock.rpartition(".")[2]
    inside = [node for node in ast.walk(source.tree) if span.first <= getattr(node, "lineno", 0) <= span.last]
    items = [one.context_expr for node in inside if by_others and isinstance(node, ast.With) for one in node.items]
    own = {part for item in items for part in ast.walk(item)}
    names = [_named(node) for node in inside if node not in own]
    seen = {name for found in names for name in found}
    todo = list(seen)
    while todo and wanted not in seen:
        inner = {name for node in functions.pop(todo.pop(), []) for one in ast.walk(node) for name in _named(one)}
        todo += inner - seen
        seen |= inner
    return wanted in seen


def _nested(spans: Sequence[Span], events: Sequence[Event]) -> str:
    """Which function of these lines calls one that has to hold the lock too: one of these, or one that changes it."""
    changed = [event.touch.line.function for event in events if event.touch.writes and event.touch.line is not None]
    holding = {*(one.function for one in spans), *(name for name in changed if not name.startswith("_"))}
    for one in spans:
        if called := next((name for name in _called(one) if name in holding), ""):
            return f"{one.function}() calls {called}()"
    return ""


def _called(span: Span) -> list[str]:
    """The functions of the file that these lines call, or those that they call: of the object itself, or by a name."""
    source = source_of(span.file)
    nodes = [*ast.walk(source.tree)] if source is not None else []
    functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    todo, seen = [node for node in nodes if span.first <= getattr(node, "lineno", 0) <= span.last], dict[str, None]()
    while todo:
        match todo.pop(0):
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) | ast.Name(id=name):
                if name in functions and name not in seen:
                    seen[name] = None
                    todo += ast.walk(functions[name])
    return [*seen]


def _named(node: ast.AST) -> tuple[str, ...]:
    """What a node names: an attribute, a variable; the method behind an operator."""
    match node:
        case ast.Attribute(attr=name):
            return (name,)
        case ast.Name(id=name):
            return name, f"__{name}__"
        case ast.Subscript():
            return "__getitem__", "__setitem__", "__delitem__"
        case ast.Compare(ops=ops) if any(isinstance(one, ast.In | ast.NotIn) for one in ops):
            return ("__contains__",)
        case ast.For() | ast.comprehension():
            return ("__iter__",)
    return ()


def _lines(mine: Sequence[Event]) -> Span | None:
    """From the first to the last line, in the innermost function that all of them were in."""
    chains = [[line for line in (event.touch.line, *event.touch.callers) if line is not None] for event in mine]
    for line in chains[0] if chains else ():
        same = [next((one for one in chain if _function(one) == _function(line)), None) for chain in chains]
        numbers = [one.line for one in same if one is not None]
        if len(numbers) == len(chains) and not line.function.startswith("<") and line.function:
            return Span(line.file, line.function, line.begins, min(numbers), max(numbers))
    return None


def _of_statements(span: Span) -> Span:
    """The same with whole statements, which a lock can be put around: no part of a `with`, a loop or a branch."""
    source = source_of(span.file)
    block: Sequence[ast.stmt] = source.tree.body if source is not None else ()
    first, last = begins, ends = span.first, span.last
    while covering := [one for one in block if one.lineno <= last and first <= (one.end_lineno or 0)]:
        begins, ends = covering[0].lineno, covering[-1].end_lineno or last
        inner = (one for one in _blocks(covering[0]) if one[0].lineno <= first and last <= (one[-1].end_lineno or 0))
        block = next(inner, ()) if len(covering) == 1 else ()
    return replace(span, first=begins, last=ends)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of statements in a statement."""
    for part in (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        for name in ("body", "orelse", "finalbody"):
            if block := getattr(part, name, None):
                yield block


def _function(line: Line) -> tuple[str, str, int]:
    return line.file, line.function, line.begins


def _merged(spans: Sequence[Span]) -> list[Span]:
    """One for each function, of whole statements."""
    found: dict[tuple[str, str, int], Span] = {}
    for span in spans:
        known = found.get((span.file, span.function, span.begins), span)
        first, last = min(known.first, span.first), max(known.last, span.last)
        found[span.file, span.function, span.begins] = Span(span.file, span.function, span.begins, first, last)
    return [_of_statements(one) for one in found.values()]
