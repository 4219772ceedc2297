"""Executions of a scenario: what must hold after every step is looked at, and what is left at the end."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from racelab.explorer.kernel.calls import Call, CannotDecide
from racelab.explorer.kernel.threads import Thread

from ..answers import answer_of, comparable
from ..bench import Bench
from ..execution import Execution
from ..oracle import Serial
from ..result import Answer
from .programs import KEPT, Asked

CYCLE = 10.0
"""Seconds that pass before each cleanup cycle of the end: longer than any back-off."""
OPENED, SEEN = KEPT["create_session"], KEPT["get_session"]
WAITS: Answer = Answer("waits", "for ever")


@dataclass(frozen=True, slots=True)
class Left:
    """What is left when all calls have ended: what the methods answer then.

    Attributes:
        sessions: what `get_session` answers for each id that was ever opened.
        active, statistics, queue: the three counts.
        changed: to whom a session was returned that is no copy.
        failed: what could not be done at the end, in words; empty if all could.
    """

    sessions: tuple[tuple[str, Answer], ...]
    active: Answer
    statistics: Answer
    queue: Answer
    changed: tuple[str, ...] = ()
    failed: str = ""


class Scene(Execution):
    """An execution of a scenario, whose sessions have names."""

    asked: Asked

    def ids(self) -> dict[str, str]:
        """The sessions that were opened before the first step: id, and the scenario's name for it."""
        given = self.world.given
        ids = {str(given[name]): name for name in self.asked.opened}
        if any(len(str(given[name])) % 2 == 0 for name in self.asked.odd):
            raise CannotDecide("The ids of sessions have another length in each execution.")
        return ids

    def raw_ids(self) -> list[object]:
        """Every id, as the class has returned it: of those that were opened before, and of those that a task opened."""
        assigned = [self.world.assigned(client.name) for client in self.clients]
        created = [names[OPENED] for names in assigned if names.get(OPENED) is not None]
        return [*(self.world.given[name] for name in self.asked.opened), *created]

    def changed(self) -> list[str]:
        """The threads to which a session was returned that says something else by now: it was no copy."""
        found = []
        for client, tasks in zip(self.clients, self.asked.scenario.tasks, strict=True):
            kept = self.world.assigned(client.name).get(SEEN)
            last = next((n for n in reversed(range(len(tasks))) if tasks[n].method == "get_session"), None)
            if kept is not None and last is not None and client.calls[last].answer == "ok":
                now = self._ask("seen", lambda kept=kept: kept)
                if now.value != client.calls[last].value:
                    found.append(client.name)
        return found

    def left(self) -> Left:
        """Let cleanup run as often as the scenario says, and look at what is left."""
        scenario, it = self.asked.scenario, self.world.it
        failed, changed = "", tuple(self.changed())
        for _ in range(scenario.cycles):
            self.memory.clock.seconds += CYCLE
            done = self._ask("run_cleanup", it.run_cleanup)
            if done.how != "ok":
                failed = f"At the end, with nobody else there, run_cleanup {done}"
            if done.how != "ok" or self._ask("get_cleanup_queue_size", it.get_cleanup_queue_size).value == 0:
                break
        ids = list(dict.fromkeys(self.raw_ids()))
        sessions = tuple((str(one), self._ask("get_session", it.get_session, one)) for one in ids)
        counts = [it.get_active_count, it.get_stats, it.get_cleanup_queue_size]
        active, statistics, queue = (self._ask(one.__name__, one) for one in counts)
        return Left(sessions, active, statistics, queue, changed, failed)

    def _ask(self, name: str, method: Callable[..., object], *arguments: object) -> Answer:
        def run() -> Hashable:
            return comparable(method(*arguments), self.memory)

        return answer_of(self.world.alone(Call(name, (), run))) or WAITS


class Together(Scene):
    """The scenario's calls at the same time.

    Attributes:
        broken_after: after which step something did not hold, the first time.
    """

    def __init__(self, bench: Bench, asked: Asked) -> None:
        self.asked = asked
        self.broken_after: dict[str, int] = {}
        super().__init__(bench)

    def stepped(self, task: Thread) -> None:
        """What must hold after each step is looked at, where nobody has to wait for that."""
        super().stepped(task)
        for name, text in self.asked.watch:
            if name not in self.broken and self.is_made() and not self.world.holds(text, at_once=True):
                self.broken = (*self.broken, name)
                self.broken_after[name] = len(self.turns)


class InTurn(Scene, Serial):
    """The same one after another."""

    def __init__(self, bench: Bench, asked: Asked) -> None:
        self.asked = asked
        Serial.__init__(self, bench)
