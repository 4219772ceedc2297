"""The loads of one run: what was asked for, with which dials, from the page or from outside, from when to when."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from ...promises import steady
from ..burst import Order
from ..json_types import DialsJson, LoadJson, OutsideJson

MOST_LOADS: Final = 50


class Loads:
    """See the module. Of many loads the last ones are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loads: deque[LoadJson] = deque(maxlen=MOST_LOADS)
        self._outside: LoadJson | None = None
        self._calls = 0
        self._followed_at = 0.0
        self._others_called = False

    def clear(self) -> None:
        """A new run begins. A load from outside may go on in it: then it is one of both."""
        with self._lock:
            self._loads.clear()
            self._outside = None
            self._calls = 0
            self._others_called = False

    def begin(self, order: Order, dials: DialsJson) -> LoadJson:
        """A load of the page has begun. Returns it, to be ended."""
        load: LoadJson = {
            "kind": order.kind,
            "managers": list(order.variants),
            "visitors": order.visitors,
            "seconds": order.seconds,
            "seed": order.seed,
            "dials": dials,
            "outside": False,
            "began_at": steady.now(),
            "ended_at": None,
        }
        with self._lock:
            self._loads.append(load)
        return load

    def end(self, load: LoadJson) -> None:
        """Its last request was answered."""
        with self._lock:
            load["ended_at"] = steady.now()

    def follow(self, outside: OutsideJson | None, managers: list[str], dials: DialsJson, calls: int) -> None:
        """Look at the load from outside, if there is one: a new one has begun, or it goes on, or it has ended.

        It puts its dials back before it ends its lease, so only what holds while calls end is taken down.

        Args:
            outside: who has borrowed the dials.
            managers: those that are served.
            dials: as they are now.
            calls: how many have ended in this run.
        """
        with self._lock:
            moved, self._calls = calls != self._calls, calls
            before, self._followed_at = self._followed_at, steady.now()
            if outside is None:
                self._outside = None
                self._others_called |= moved and not any((load["ended_at"] or before) >= before for load in self._loads)
            elif moved:
                if self._outside is None:
                    self._outside = _from_outside(outside["kind"], managers, dials)
                    self._loads.append(self._outside)
                now = self._followed_at
                seconds = round(now - self._outside["began_at"], 1)
                users = max(outside["users"], self._outside["visitors"])
                self._outside |= {"visitors": users, "seconds": seconds, "dials": dials, "ended_at": now}

    def are_alike(self, managers: set[str]) -> bool:
        """Whether all calls of the run were of the page's loads, each of which asked all of these managers.

        Then they had the same users for the same time. Of calls from outside that is not known.
        """
        with self._lock:
            asked = [set() if load["outside"] else {*load["managers"]} for load in self._loads]
            return bool(asked) and not self._others_called and all(each == managers for each in asked)

    def to_json(self) -> list[LoadJson]:
        """The loads, oldest first."""
        with self._lock:
            return [load.copy() for load in self._loads]


def _from_outside(kind: str, managers: list[str], dials: DialsJson) -> LoadJson:
    return {
        "kind": kind,
        "managers": managers,
        "visitors": 0,
        "seconds": 0.0,
        "seed": None,
        "dials": dials,
        "outside": True,
        "began_at": steady.now(),
        "ended_at": None,
    }
