"""With `--processes`: the master stops all users and collects every ledger, before it judges the run.

Locust's own farewell gives a worker half a second for its last report. A request may take longer, and one that was
acknowledged after the last report would look like a difference between the two ledgers.
"""

from __future__ import annotations

import time
from typing import Any

from locust.runners import MasterRunner, WorkerRunner

from locustfiles._shop import SHOP
from racelab.promises.heard import Heard
from racelab.promises.ledger import MOST_SESSIONS

STOP, LEDGERS = "racelab_stop", "racelab_ledgers"
MORE_PATIENCE = 5.0  # on top of --stop-timeout


class Workers:
    """The master's side.

    Args:
        runner: the master.
    """

    def __init__(self, runner: MasterRunner) -> None:
        self._runner = runner
        self._expected: set[str] = set()
        self._told: dict[str, dict[str, Any]] = {}
        runner.register_message(LEDGERS, self._hear)

    def begin(self) -> None:
        """A run begins with the present workers."""
        self._expected = set(self._runner.clients)
        self._told.clear()

    def gather(self, stop_timeout: float) -> None:
        """Stop all users, and wait for the ledger of every worker."""
        self._expected |= set(self._runner.clients)
        for client_id in self._runner.clients:
            self._runner.send_message(STOP, client_id=client_id)
        deadline = time.monotonic() + stop_timeout + MORE_PATIENCE
        while self.missing() and time.monotonic() < deadline:
            time.sleep(0.05)

    def missing(self) -> int:
        """The number of workers without a ledger."""
        return len(self._expected - set(self._told))

    def ledgers(self, variants: tuple[str, ...]) -> dict[str, Heard]:
        """All ledgers in one, by variant."""
        merged = {variant: Heard(MOST_SESSIONS) for variant in variants}
        for told in self._told.values():
            for variant in variants:
                merged[variant].merge(told[variant])
        return merged

    def _hear(self, msg: Any, **_: Any) -> None:
        self._told[msg.node_id] = msg.data


class Worker:
    """A worker's side.

    Args:
        runner: the worker.
    """

    def __init__(self, runner: WorkerRunner) -> None:
        self._runner = runner
        self._to_tell = False
        runner.register_message(STOP, self.finish, concurrent=True)

    def begin(self) -> None:
        """A run begins."""
        self._to_tell = True

    def finish(self, **_: Any) -> None:
        """Stop the users of this process after their present request; then send their ledger, once."""
        self._runner.stop()
        self._runner.user_greenlets.join()  # another greenlet may be stopping them at the same time
        if self._to_tell:
            self._to_tell = False
            ledgers = {variant: ledger.to_json() for variant, ledger in SHOP.ledgers.items()}
            self._runner.send_message(LEDGERS, ledgers)
