"""What happens outside of every schedule: set-up before the first step, and what a scenario does after the last one."""

from __future__ import annotations

from collections.abc import Callable

from .calls import Call
from .tasks import Stage, Task


def run_alone(stage: Stage, body: Callable[[], object]) -> Call:
    """Run something as a task of its own while no other is meant to run.

    Locks, signals and threads really wait there: if it has to wait, the others go on, in their order. Returns the call,
    which has no answer if it waits for ever.
    """
    call = Call("", (), body)
    task = Task(stage, "", [call], alone=True)
    task.begin()
    while not task.done and (ready := next((one for one in (task, *stage.tasks) if one.ready()), None)):
        stage.count_alone()
        ready.resume()
    if not task.done:
        call.answer = "unknown"
        call.value = task.why_not()
    task.abandon()
    return call


def drain(stage: Stage) -> None:
    """Let every task go on as long as it can."""
    while ready := next((task for task in stage.tasks if task.ready()), None):
        stage.count_alone()
        ready.resume()
