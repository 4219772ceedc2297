"""An app that is garbage, collected by the thread that cleans its store."""

from __future__ import annotations

import gc
import threading

from session_manager.web import session
from session_manager.web.life import Phase
from tests.web_sessions.sites import PATIENCE, Site


def test_the_cleanup_thread_may_collect_its_own_app() -> None:
    """The store is closed, although a thread cannot wait for itself."""
    site, garbage, done = Site(SESSION_CLEANUP_INTERVAL=0.02), threading.Event(), threading.Event()
    site.visit(site.browser(), lambda: session.update(n=1))
    store, sessions = site.store, site.sessions

    def run_cleanup() -> int:
        if garbage.is_set():
            gc.collect()
            done.set()
        return 0

    sessions.run_cleanup = run_cleanup  # type: ignore[method-assign]
    gc.disable()  # in no other thread
    try:
        del site
        garbage.set()
        assert done.wait(PATIENCE)
    finally:
        gc.enable()
    assert store.life.phase is Phase.ENDED
