"""Requests that must be refused, and the check that nothing has changed."""

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.instrument.labs import World

TELLING = ["/lab/dials", "/lab/lease", "/lab/burst", "/lab/burst/stop", "/lab/settle", "/lab/reset",
           "/lab/dead-letters/fixed/retry", "/lab/dead-letters/fixed/discard"]  # fmt: skip


def state(world: World) -> object:
    """All that a request could change."""
    lab = world.lab
    samples = {name: variant.sample() for name, variant in lab.variants.items()}
    for sample in samples.values():
        sample["oldest_s"] = None  # time passes by itself
    return lab.runs.run, lab.runs.ended(), lab.dials(), lab.burst.progress(), samples, world.fixed().dead_letters()


def refused(world: World, answer: TestResponse, status: int, before: object) -> str:
    """Check that an answer is a refusal in words, and that nothing has changed. Returns the words."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    told = answer.get_json()
    assert {"type", "title", "status", "detail"} <= set(told)
    assert (told["status"], bool(told["detail"])) == (status, True)
    assert state(world) == before
    return str(told["detail"])


def send(world: World, path: str, body: str, **headers: str) -> TestResponse:
    return world.client.post(path, data=body, content_type="application/json", headers=headers)
