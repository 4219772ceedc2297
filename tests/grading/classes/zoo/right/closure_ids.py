"""Ids from a closure, with module state and no class but the thin one that tests use."""

import threading


def make_ids(prefix, first=1):
    lock = threading.Lock()
    last = first - 1

    def new():
        nonlocal last
        with lock:
            last = int(last) + 1
            return f"{prefix}-{last}"

    def given():
        with lock:
            return last - first + 1

    return new, given


new_ticket, tickets = make_ids("T", 100)


class Desk:
    ticket = staticmethod(new_ticket)
    count = staticmethod(tickets)
