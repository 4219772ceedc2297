"""Who asked: the visitor that a request names, if it is a name that can be shown."""

from __future__ import annotations

import threading

from racelab.live.burst import Order
from racelab.traffic import VISITOR_HEADER
from tests.instrument.calls import past_of
from tests.instrument.labs import World, until
from tests.subject.cases import Cases

SHOWN = ("ada", "visitor-7", "a" * 40, "<b>&'\"")
NOT_SHOWN = ("", "a" * 41, "tab\there", "ü", "\x7f")


def last_caller(world: World, session: str) -> str:
    return past_of(world.lab.variants["buggy"].ledger, session).calls[-1].caller


def test_the_name_in_the_header_is_kept_if_it_can_be_shown(world: World) -> None:
    """Short printable names are kept; for any other value, the server's thread is."""
    session = world.login("buggy")
    with Cases() as cases:
        for name in (*SHOWN, *NOT_SHOWN):
            with cases.case(name):
                answer = world.client.put(
                    f"/buggy/api/session/{session}/prefs",
                    json={"key": "k", "value": "v"},
                    headers={VISITOR_HEADER: name},
                )
                assert answer.status_code == 200
                expected = name if name in SHOWN else threading.current_thread().name
                assert last_caller(world, session) == expected
    world.client.get(f"/buggy/api/session/{session}")
    assert last_caller(world, session) == threading.current_thread().name, "no name stays behind"


def test_the_users_of_the_pages_load_say_who_they_are(started: World) -> None:
    """Each kept call of a load names one of its users."""
    started.lab.burst.start(Order("lost_updates", ("buggy",), 3, 0.3))
    until(lambda: not started.lab.burst.running(), "the end of the load")
    ledger = started.lab.variants["buggy"].ledger
    callers = {call.caller for session in ledger.promises() for call in past_of(ledger, session).calls}
    assert callers == {"visitor-0", "visitor-1", "visitor-2"}
