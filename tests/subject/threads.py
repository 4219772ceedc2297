"""Real threads for tests that need them: started together, joined, and their failures not forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable


def run_together(jobs: Iterable[Callable[[], object]], patience: float = 60.0) -> None:
    """Run each job in a thread of its own and wait for all of them; the first failure among them is raised here."""
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 -- raised again below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if failures:
        raise failures[0]
