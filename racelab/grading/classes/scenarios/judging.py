"""Judges an execution of a scenario by the project's checker: what is wrong with it, by the names of the anomalies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from racelab.checker import Anomaly, AtRest, CannotTell, Operation, SessionView, State, judge
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.programs.invariants import STEP_INVARIANTS
from racelab.explorer.programs.scenario import OF_A_SESSION, Does

from ..answers import answer_of
from ..result import Answer, Ending
from .methods import COUNTS
from .programs import Asked
from .running import OPENED, Left, Scene
from .views import number_of, view_of

BUDGET: Final = 100_000
NOT_FOUND: Final = "SessionNotFound"
NUMBERS: Final = (*COUNTS, "run_cleanup")
CHANGED: Final = "What {}'s get_session returned has changed since: it is the manager's own, no copy."
LEAK: Final = "cleanup-leak"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with an execution, the most specific first; and how it ended."""

    anomalies: tuple[Anomaly, ...]
    ending: Ending


class Checker:
    """Judges each execution once for all that nobody could tell apart.

    Args:
        asked: the scenario.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._known: dict[object, Judgement] = {}

    def judge(self, run: Scene) -> Judgement:
        """What is wrong with an execution that has ended.

        Raises:
            CannotDecide: the checker cannot tell.
        """
        waiting = run.waiting()
        answers = tuple(tuple(answer_of(call) for call in client.calls) for client in run.clients)
        left = None if waiting else run.left()
        words = tuple(client.why_not() for client in waiting)
        names = tuple(client.name for client in waiting)
        key = run.precedence(), answers, left, words, run.broken, run.crashes()
        found = self._known.get(key)
        if found is None:
            ending = Ending(answers, (), words, names, run.crashes(), run.broken)
            found = self._known[key] = Judgement(tuple(self._anomalies(run, ending, left)), ending)
        return found

    def _anomalies(self, run: Scene, ending: Ending, left: Left | None) -> Iterator[Anomaly]:
        for name in ending.broken:
            told = STEP_INVARIANTS["uncounted-session" if name == "counts-differ" else name].sentence
            yield Anomaly(name, "broken invariant", told)
        for crash in ending.crashes:
            yield Anomaly("crash", "crash", f"A thread that the class has started ended with {crash}.")
        if left is None:
            yield Anomaly("deadlock", "deadlock", f"No task can go on: {', and '.join(ending.waiting)}.")
            return
        failed = list(self._failed(run))
        if left.failed:
            failed.append(Anomaly("crash", "crash", f"{left.failed}."))
        failed += [
            Anomaly("answer-changed", "representation exposure", CHANGED.format(client)) for client in left.changed
        ]
        yield from failed
        if not failed:
            known = {*ending.broken}
            yield from (one for one in self._judged(run, left) if one.name not in known)

    def _failed(self, run: Scene) -> Iterator[Anomaly]:
        """Calls that end with an exception which does not say that there is no such session."""
        for client in run.clients:
            for call in client.calls:
                answer = answer_of(call)
                if answer is not None and answer.how == "raises" and answer.value not in self._asked.contract.refusals:
                    told = f"{client.name}'s {call.method} ended with {answer.value}."
                    yield Anomaly("crash", "crash", told)

    def _judged(self, run: Scene, left: Left) -> Iterator[Anomaly]:
        names = _Names(run.ids())
        history = sorted(self._history(run, names), key=lambda one: one.called)
        opened = {name: names.view(name) for name in map(names.of, run.ids())}
        closed = {names.alias(name) for name in self._asked.scenario.closed}
        initial = State.of({name: view for name, view in opened.items() if name not in closed})
        initial = State(initial.sessions, len(closed))
        rest = self._at_rest(left, names)
        judged = judge(history, rest, initial, drained=self._asked.scenario.cycles > 0, budget=BUDGET, faults=False)
        if isinstance(judged, CannotTell):
            raise CannotDecide(judged.reason)
        yield from judged
        told = (len(rest.sessions), left.active.value, rest.active)
        if (
            not self._asked.contract.counts
            and len(set(told)) > 1
            and all(one.name != "counts-differ" for one in judged)
        ):
            sentence = f"Open sessions: {told[0]} can be read, get_active_count says {told[1]}, get_stats {told[2]}."
            yield Anomaly("counts-differ", "phantom session", sentence)

    def _history(self, run: Scene, names: _Names) -> Iterator[Operation]:
        for client, calls in zip(run.clients, self._asked.scenario.tasks, strict=True):
            for call, does in zip(client.calls, calls, strict=True):
                answer = answer_of(call)
                assert answer is not None
                assert call.called is not None
                ok = answer.how == "ok" and answer != self._asked.contract.absent.get(does.method)
                value = self._value(does, answer, names) if ok else NOT_FOUND
                if ok and does.method == "create_session":
                    value = names.opened(str(run.world.assigned(client.name)[OPENED]), does)
                arguments = does.arguments
                if does.method in OF_A_SESSION:
                    arguments = (names.alias(arguments[0]), *arguments[1:])
                ends = call.called, call.returned
                yield Operation(client.name, does.method, arguments, *ends, "ok" if ok else "refused", value)

    def _value(self, does: Does, answer: Answer, names: _Names) -> object:
        """What a call that succeeded has returned, as the checker knows it."""
        value = answer.value
        if does.method == "get_session":
            return names.seen(value, names.view(names.alias(does.arguments[0])))
        if does.method in NUMBERS:
            number = number_of(value)
            return 0 if number is None and does.method == "run_cleanup" else number
        return value if does.method == "increment_access" else None

    def _at_rest(self, left: Left, names: _Names) -> AtRest:
        absent = self._asked.contract.absent.get("get_session")
        sessions = {}
        for session_id, answer in left.sessions:
            if answer.how == "ok" and answer != absent:
                name = names.of(session_id)
                view = names.seen(answer.value, names.view(name))
                if not isinstance(view, SessionView):
                    raise CannotDecide(f"get_session returned {view!r} at the end, which is no session.")
                sessions[name] = view
        waiting = number_of(left.queue.value) or 0
        queue = (f"{waiting} session{'s' if waiting > 1 else ''}",) if waiting else ()
        active = number_of(left.statistics.value)
        counted = len(sessions) if self._asked.contract.counts or active is None else active
        return AtRest(sessions, None, queue, (), counted)


class _Names:
    """The scenario's names for the sessions, and what each session was when it was opened.

    All have an even length: that a row cannot be removed is a matter of the class here, and not of the checker.
    """

    def __init__(self, ids: dict[str, str]) -> None:
        self._names = {session_id: self.alias(name) for session_id, name in ids.items()}
        self._views = {self.alias(name): SessionView(self.alias(name), f"user-{name}", name) for name in ids.values()}

    @staticmethod
    def alias(name: str) -> str:
        """A name of even length."""
        return name if len(name) % 2 == 0 else f"{name}_"

    def of(self, session_id: str) -> str:
        """The name of a session."""
        return self._names.get(session_id, session_id)

    def view(self, name: str) -> SessionView:
        """What it was when it was opened."""
        return self._views.get(name, SessionView(name, "", ""))

    def opened(self, session_id: str, does: Does) -> str:
        """A task has opened one."""
        name = self._names.setdefault(session_id, f"new-{len(self._names):02}")
        self._views.setdefault(name, SessionView(name, does.arguments[0], does.arguments[1]))
        return name

    def seen(self, value: object, asked: SessionView) -> object:
        """A session as it was returned; or what was returned instead."""
        view = view_of(value, asked)
        return value if view is None else view._replace(session_id=self.of(view.session_id))
