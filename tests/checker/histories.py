"""Histories: written down call by call as a test says, or played by chance; and an oracle that tries every order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from racelab.checker import Answer, Operation, SessionView, State, precedes, step

SESSIONS = ("s1", "s2x")
"""One id of even length and one of odd length."""
USERS = (("user_ann", "ann"), ("user_bob", "bob"))


def fresh(session_id: str, user: tuple[str, str] = USERS[0]) -> SessionView:
    """A session that has just been opened; Ann's, unless another user is given."""
    return SessionView(session_id, *user)


FRESH = fresh("s1")
ONE_OPEN = State.of({"s1": FRESH})


def opened(*session_ids: str) -> State:
    """A state in which these are open."""
    return State.of({session_id: fresh(session_id) for session_id in session_ids})


def counted(access_count: int, authenticated: bool = True, of: str = "s1", **metadata: str) -> SessionView:
    """Ann's session as a caller sees it."""
    return SessionView(of, *USERS[0], access_count, tuple(sorted(metadata.items())), authenticated)


class Running:
    """A call that has begun."""

    def __init__(self, book: Book, client: str, method: str, arguments: tuple[str, ...]) -> None:
        self._book = book
        self._begun = Operation(client, method, arguments, book.position(), None, "unknown")

    def returns(self, value: object = None) -> Operation:
        """It ends well."""
        return self._ends("ok", value)

    def refuses(self, error: str = "SessionNotFound") -> Operation:
        """It changed nothing, and says so."""
        return self._ends("refused", error)

    def fails(self) -> Operation:
        """It ends, and nobody knows whether it took effect."""
        return self._ends("unknown", None)

    def never_returns(self) -> Operation:
        """No answer comes."""
        self._book.history.append(self._begun)
        return self._begun

    def _ends(self, answer: Answer, value: object) -> Operation:
        ended = replace(self._begun, returned=self._book.position(), answer=answer, value=value)
        self._book.history.append(ended)
        return ended


class Book:
    """Writes a history down. The order of a test's statements is the order of calls and returns."""

    def __init__(self) -> None:
        self.history: list[Operation] = []
        self._positions = itertools.count(1)

    def position(self) -> int:
        """The next one."""
        return next(self._positions)

    def call(self, client: str, method: str, *arguments: str) -> Running:
        """A call begins."""
        return Running(self, client, method, arguments)

    def done(self, client: str, method: str, *arguments: str, value: object = None) -> Operation:
        """A call from its beginning to its good end, with nothing in between."""
        return self.call(client, method, *arguments).returns(value)

    def failed(self, client: str, method: str, *arguments: str) -> Operation:
        """A call from its beginning to an end of which nobody knows what it means."""
        return self.call(client, method, *arguments).fails()


class Model:
    """A manager that does one thing at a time, written without the specification."""

    def __init__(self, *session_ids: str) -> None:
        self.sessions: dict[str, SessionView] = {name: fresh(name) for name in session_ids}
        self.waiting: list[str] = []
        self._ids = itertools.count(1)

    def perform(self, method: str, arguments: tuple[str, ...]) -> tuple[Answer, object]:
        """Do it. Returns how it ends."""
        if method not in ("create_session", "run_cleanup", "get_stats", "get_active_count", "get_cleanup_queue_size"):
            if arguments[0] not in self.sessions:
                return "refused", "SessionNotFound"
            return "ok", self._on_session(method, *arguments)
        return "ok", self._on_all(method, arguments)

    def _on_session(self, method: str, name: str, key: str = "", value: str = "") -> object:
        view = self.sessions[name]
        if method == "get_session":
            return view
        if method == "delete_session":
            del self.sessions[name]
            self.waiting.append(name)
        elif method == "revoke_session":
            self.sessions[name] = view._replace(is_authenticated=False)
        elif method == "update_session":
            kept = tuple(sorted({**dict(view.metadata), key: value}.items()))
            self.sessions[name] = view._replace(access_count=view.access_count + 1, metadata=kept)
        elif method == "increment_access":
            self.sessions[name] = view._replace(access_count=view.access_count + 1)
            return view.access_count + 1
        return None

    def _on_all(self, method: str, arguments: tuple[str, ...]) -> object:
        if method == "create_session":
            name = f"new-{next(self._ids):02}" + "x" * (len(self.sessions) % 2)
            self.sessions[name] = SessionView(name, arguments[0], arguments[1])
            return name
        if method == "run_cleanup":
            before = len(self.waiting)
            self.waiting = [name for name in self.waiting if len(name) % 2]
            return before - len(self.waiting)
        return len(self.waiting) if method == "get_cleanup_queue_size" else len(self.sessions)


ON_SESSIONS = (
    "get_session",
    "update_session",
    "update_session",
    "increment_access",
    "increment_access",
    "delete_session",
    "refresh_from_database",
    "revoke_session",
)
ON_ALL = ("create_session", "run_cleanup", "get_stats", "get_active_count", "get_cleanup_queue_size")


@dataclass(slots=True)
class Call:
    """A call on its way."""

    method: str
    arguments: tuple[str, ...]
    called: int
    answer: Answer | None = None
    value: object = None
    doubtful: bool = False


@dataclass(slots=True)
class Play:
    """Plays a history by chance: each call takes effect at one moment between its beginning and its end.

    A doubtful call may take effect later, or never.

    Attributes:
        doubt: how often the outcome of a call is unknown.
    """

    chance: Random
    methods: Sequence[str]
    clients: int = 3
    calls: int = 5
    doubt: float = 0.2
    keys: Sequence[str] = ("k", "m")
    sessions: Sequence[str] = SESSIONS
    model: Model = field(default_factory=lambda: Model(*SESSIONS))
    history: list[Operation] = field(default_factory=list)
    _running: dict[str, Call] = field(default_factory=dict)
    _late: list[Call] = field(default_factory=list)
    _position: int = 0

    def play(self) -> list[Operation]:
        """All of it."""
        begun = 0
        while begun < self.calls or self._running:
            client = self.chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: self.clients])
            if client in self._running:
                self._go_on(client, self._running[client])
            elif begun < self.calls:
                self._begin(client)
                begun += 1
            if self._late and self.chance.random() < 0.2:
                self._take_effect(self._late.pop())
        return self.history

    def _next(self) -> int:
        self._position += 1
        return self._position

    def _begin(self, client: str) -> None:
        method = self.chance.choice(self.methods)
        arguments: tuple[str, ...] = () if method in ON_ALL else (self.chance.choice(self.sessions),)
        if method == "create_session":
            arguments = self.chance.choice(USERS)
        if method == "update_session":
            arguments = (*arguments, self.chance.choice(self.keys), self.chance.choice("xyz"))
        doubtful = self.chance.random() < self.doubt
        self._running[client] = Call(method, arguments, self._next(), doubtful=doubtful)

    def _take_effect(self, call: Call) -> None:
        call.answer, call.value = self.model.perform(call.method, call.arguments)

    def _go_on(self, client: str, call: Call) -> None:
        if call.answer is None and not (call.doubtful and self.chance.random() < 0.5):
            self._take_effect(call)
            return
        del self._running[client]
        if call.doubtful:
            if call.answer is None:
                self._late.append(call)
            call.answer, call.value = "unknown", None
        assert call.answer is not None
        ended = Operation(client, call.method, call.arguments, call.called, self._next(), call.answer, call.value)
        self.history.append(ended)


def mutated(chance: Random, history: Sequence[Operation]) -> list[Operation]:
    """The same with one answer changed, or with two answers exchanged."""
    changed = list(history)
    at = chance.randrange(len(changed))
    one = changed[at]
    if chance.random() < 0.3:
        other = chance.randrange(len(changed))
        if changed[other].method == one.method and "unknown" not in (one.answer, changed[other].answer):
            changed[at] = replace(one, answer=changed[other].answer, value=changed[other].value)
            changed[other] = replace(changed[other], answer=one.answer, value=one.value)
        return changed
    changed[at] = _changed(chance, one)
    return changed


def _changed(chance: Random, one: Operation) -> Operation:
    if one.answer == "unknown":
        return replace(one, answer="ok", value=1 if one.method == "increment_access" else None)
    if one.answer == "refused" or chance.random() < 0.1:
        return replace(one, answer="refused", value=chance.choice(["TooManyKeys", "SessionNotFound"]))
    if isinstance(one.value, int):
        return replace(one, value=one.value + chance.choice([-1, 1]))
    if isinstance(one.value, SessionView):
        seen = one.value
        values = {"access_count": seen.access_count + 1}, {"metadata": (("k", "x"),)}, {"user_id": "user_eve"}
        return replace(one, value=seen._replace(**chance.choice(values)))
    return replace(one, answer="refused", value="SessionNotFound")


def allowed(order: Sequence[Operation], initial: State) -> bool:
    """Whether the specification allows these calls one after another."""
    states = {initial}
    for operation in order:
        states = {after for state in states for after in step(state, operation)}
    return bool(states)


def in_time(order: Sequence[Operation]) -> bool:
    """Whether no call stands before one that was over when it began."""
    return not any(precedes(later, earlier) for earlier, later in itertools.combinations(order, 2))


def explanations(
    history: Sequence[Operation], initial: State, real_time: bool = True
) -> Iterator[tuple[Operation, ...]]:
    """Every order of the calls, those of unknown outcome in or out, that explains every answer: all permutations."""
    must = [operation for operation in history if operation.answer != "unknown"]
    doubtful = [operation for operation in history if operation.answer == "unknown"]
    for some in range(len(doubtful) + 1):
        for chosen in itertools.combinations(doubtful, some):
            for order in itertools.permutations([*must, *chosen]):
                if (not real_time or in_time(order)) and allowed(order, initial):
                    yield order


def explainable(history: Sequence[Operation], initial: State, real_time: bool = True) -> bool:
    """Whether there is such an order."""
    return next(explanations(history, initial, real_time), None) is not None
