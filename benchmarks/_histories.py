"""Histories for the checker: what clients saw of a store that does one thing at a time, by chance from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from racelab.checker import Operation, SessionView

KEYS = 8
"""How many metadata keys there are in a session."""


def fresh(session: str) -> SessionView:
    """A session that has just been opened."""
    return SessionView(session, f"user of {session}", session)


@dataclass(slots=True)
class _Call:
    """A call that has begun; `done` when it has taken effect."""

    method: str
    arguments: tuple[str, ...]
    called: int
    done: bool = False
    value: object = None


class Store:
    """Sessions, and the three methods that histories are made of."""

    def __init__(self, sessions: Sequence[str]) -> None:
        self._counts = dict.fromkeys(sessions, 0)
        self._keys: dict[str, dict[str, str]] = {session: {} for session in sessions}

    def perform(self, call: _Call) -> None:
        """Let it take effect, now."""
        session = call.arguments[0]
        call.done = True
        if call.method == "get_session":
            keys = tuple(sorted(self._keys[session].items()))
            call.value = fresh(session)._replace(access_count=self._counts[session], metadata=keys)
            return
        self._counts[session] += 1
        if call.method == "increment_access":
            call.value = self._counts[session]
        else:
            self._keys[session][call.arguments[1]] = call.arguments[2]


def play(seed: int, operations: int, clients: int, sessions: Sequence[str], methods: Sequence[str]) -> list[Operation]:
    """A history that has an order. At each step some client calls, or its call takes effect, or it is answered."""
    chance, store = Random(seed), Store(sessions)
    history: list[Operation] = []
    running: dict[str, _Call] = {}
    begun = position = 0
    while begun < operations or running:
        client = f"client {chance.randrange(clients)}"
        call = running.get(client)
        if call is None and begun < operations:
            begun, position = begun + 1, position + 1
            running[client] = _begin(chance, begun, position, sessions, methods)
        elif call is not None and not call.done:
            store.perform(call)
        elif call is not None:
            position += 1
            del running[client]
            history.append(Operation(client, call.method, call.arguments, call.called, position, "ok", call.value))
    return history


def _begin(chance: Random, number: int, position: int, sessions: Sequence[str], methods: Sequence[str]) -> _Call:
    method, session = chance.choice(methods), chance.choice(sessions)
    more = (f"key-{chance.randrange(KEYS)}", str(number)) if method == "update_session" else ()
    return _Call(method, (session, *more), position)


def with_one_wrong(history: Sequence[Operation], place: float) -> list[Operation]:
    """The same, but one was told the number that another was told before him. `place` is a part of the whole."""
    wrong = list(history)
    told: dict[str, object] = {}
    for at, operation in enumerate(wrong):
        if operation.method != "increment_access":
            continue
        session = operation.arguments[0]
        if at >= len(wrong) * place and session in told:
            wrong[at] = replace(operation, value=told[session])
            return wrong
        told[session] = operation.value
    raise ValueError("There are no two increments of one session to make it from.")
