"""Logs of the author's own, finalizers, the system, and what runs at the end."""

from __future__ import annotations

import os as real_os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from racelab.explorer.code.kept import Kept
from racelab.explorer.code.loader import Loader
from racelab.explorer.kernel.places import Places
from racelab.explorer.primitives.world import WORLD
from tests.explorer.primitives.test_world import modelled
from tests.explorer.touching import running

OWN = """
import logging
class Counting(logging.Handler):
    def emit(self, record): self.n = 1
class Filter(logging.Filter):
    def filter(self, record): return True
class Formatter(logging.Formatter):
    def format(self, record): return ""
class Told:
    def __str__(self): return "told"
class Quiet:
    pass
def record(*args): return None
"""


@pytest.mark.parametrize(
    "use",
    [
        *("log.addHandler(Counting())", "log.addFilter(Filter())", "log.addFilter(record)"),
        *("logging.StreamHandler().setFormatter(Formatter())", "logging.basicConfig(handlers=[Counting()])"),
        *("logging.setLogRecordFactory(record)", "log.addFilter(Filter().filter)"),
    ],
)
def test_what_logging_would_call_leaves_a_gap(use: str, tmp_path: Path) -> None:
    """A handler of one's own would be called, and is not; one of Python's says nothing."""
    (tmp_path / "logs.py").write_text(f"{OWN}\nlog = logging.getLogger('own')\ndef use(): {use}\ndef plain(): {PLAIN}")
    places = Places()
    with running(places, list), Loader(tmp_path, places, Kept(), WORLD) as loader:
        found = loader.load("logs")
        found.plain()
        assert not places.gaps
        found.use()
        assert places.gaps


PLAIN = "log.addHandler(logging.StreamHandler()); logging.StreamHandler().setFormatter(logging.Formatter())"


def test_a_text_that_logging_would_make_leaves_a_gap(tmp_path: Path) -> None:
    """A method __str__ of the author's would be called."""
    (tmp_path / "logs.py").write_text(f"{OWN}\ndef say(one): logging.getLogger('own').info('%s', one)")
    places = Places()
    with running(places, list), Loader(tmp_path, places, Kept(), WORLD) as loader:
        found = loader.load("logs")
        found.say(found.Quiet())
        found.say(1)
        assert not places.gaps
        found.say(found.Told())
        assert places.gaps


def test_what_a_module_makes_at_import_may_die_as_well(tmp_path: Path) -> None:
    """Objects with a method __del__ leave a gap, and those of other classes none."""
    source = "class Dies:\n  def __del__(self): pass\nclass Stays: pass\nPOOL = [{}()]"
    for kind, many in (("Dies", 1), ("Stays", 0)):
        (tmp_path / f"of_{kind.lower()}.py").write_text(source.format(kind))
        places = Places()
        with running(places, list) as run, Loader(tmp_path, places, Kept(), WORLD) as loader:
            loader.load(f"of_{kind.lower()}")
            run.memory.mortals.tell(places, stays=None)
        assert len(places.gaps) == many


def test_a_finalizer_calls_once_by_hand_and_leaves_a_gap() -> None:
    """It is not called when its object goes, and an object that was made keeps that in mind."""
    weakref = modelled("weakref")
    with running(Places(), list) as run:
        done: list[int] = []
        it = type("Thing", (), {})()
        finalizer = weakref.finalize(it, done.append, 1)
        assert run.memory.mortals.reasons()
        assert not run.memory.mortals.reasons(stays=it)
        assert finalizer.alive
        finalizer()
        assert finalizer() is finalizer.detach() is finalizer.peek() is None
        assert not finalizer.alive
        assert done == [1]


@pytest.mark.parametrize("name", ["pipe", "times", "getloadavg"])
def test_what_is_not_modelled_of_the_system_is_told(name: str) -> None:
    """Using it makes a verdict impossible, and having it does not."""
    places = Places()
    with running(places, list):
        assert real_os.path is modelled("os").path
        assert not places.unfaithful
        result = getattr(modelled("os"), name)()
        if name == "pipe":
            for descriptor in result:
                real_os.close(descriptor)
    assert [reason for reason in places.unfaithful if f"os.{name}" in reason]


def test_what_is_registered_for_the_end_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of an execution reaches the end of the process."""
    calls: list[object] = []
    monkeypatch.setattr("atexit.register", calls.append)
    places = Places()
    with running(places, list):
        assert modelled("atexit").register(len, 1) is len
    assert calls == []
    assert len(places.assumed) == 1


@pytest.mark.parametrize("name", WORLD)
def test_a_model_has_every_name_of_the_real_module(name: str) -> None:
    """Code that imports another name from it does not fail."""
    __import__(name)
    real: ModuleType = sys.modules[name]
    assert not [known for known in vars(real) if not hasattr(WORLD[name], known) and not known.startswith("__")]
