"""`copy.copy` and `copy.deepcopy` of what threads share: a copy is not one step, but under a lock it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import FREE_THREADED, GIL
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE = """
    import copy
    import threading
    from collections import OrderedDict, defaultdict, deque

    class Plain:
        def __init__(self):
            self.x, self.y = [0], [0]

    class Slotted:
        __slots__ = ("x", "y")

        def __init__(self):
            self.x, self.y = [0], [0]

    class Reduced(Plain):
        def __reduce__(self):
            return Made, (self.x, self.y)

    class Made:
        def __init__(self, x, y):
            self.x, self.y = x, y

    class Stated(Plain):
        def __getstate__(self):
            return {"x": self.x, "y": self.y}

        def __setstate__(self, state):
            self.x, self.y = state["x"], state["y"]

    class Remembers(Plain):
        def __deepcopy__(self, memo):
            new = memo[id(self)] = Plain()
            new.x, new.y = copy.deepcopy((self.x, self.y), memo)
            return new

        def __copy__(self):
            return Made(self.x, self.y)

    class Named(dict):
        pass

    class Texts(str):
        pass

    class Both:
        def __init__(self):
            self.lock = threading.Lock()
            self.plain, self.slotted, self.reduced, self.stated = Plain(), Slotted(), Reduced(), Stated()
            self.remembers = Remembers()
            self.dict, self.named, self.ordered = {"a": [1]}, Named(a=[1]), OrderedDict(a=[1])
            self.factory, self.deque, self.list, self.texts = defaultdict(list, a=[1]), deque([[1]]), [[1]], Texts("a")
            self.texts.x, self.named.x, self.named.y = [1], [1], [2]

        def set(self, name):
            one = getattr(self, name)
            one.x = [1]
            self.half_done()
            one.y = [1]

        def half_done(self):
            pass

        def add(self, name):
            one = getattr(self, name)
            if isinstance(one, dict):
                one["b"] = [2]
            else:
                one.append([2])

        def name(self, name):
            getattr(self, name).z = [3]

        def see(self, name, how):
            new = getattr(copy, how)(getattr(self, name))
            return [new.x, new.y] if hasattr(new, "y") and not isinstance(new, dict) else list(new)

        def names(self, name):
            return sorted(vars(copy.deepcopy(getattr(self, name))))

        def locked(self, call, *args):
            with self.lock:
                return getattr(self, call)(*args)
"""
OBJECTS = ("plain", "slotted", "reduced", "stated", "remembers")
HOWS = ("copy", "deepcopy")
CHANGES = [
    *[("add", name, "deepcopy") for name in ("dict", "named", "ordered", "factory", "deque")],
    *[("add", name, "copy") for name in ("named", "ordered")],
    *[("set", name, how) for name in OBJECTS for how in HOWS],
]


def verdict(folder: Path, writes: str, reads: str, model: str = GIL) -> str:
    """Of one thread that changes something, and one that copies it."""
    return grade_program(program(folder, SOURCE, "Both()", f"it.{writes}", f"it.{reads}"), model).verdict


@pytest.mark.parametrize("model", [GIL, FREE_THREADED])
@pytest.mark.parametrize(("call", "name", "how"), CHANGES)
def test_a_copy_is_torn_unless_it_is_under_the_lock(tmp_path: Path, call: str, name: str, how: str, model: str) -> None:
    """A container grows while it is gone over, and of two attributes one is old; a lock over both is enough."""
    assert verdict(tmp_path, f"{call}({name!r})", f"see({name!r}, {how!r})", model) == "found"
    locked = verdict(tmp_path, f'locked("{call}", {name!r})', f'locked("see", {name!r}, {how!r})', model)
    assert locked == "none"


@pytest.mark.parametrize("name", ["dict", "factory", "deque", "list"])
def test_a_copy_that_is_one_step_passes(tmp_path: Path, name: str) -> None:
    """`copy.copy` of a container of Python's is a method of C's, and a list that grows is gone over to its end."""
    how = "deepcopy" if name == "list" else "copy"
    assert verdict(tmp_path, f"add({name!r})", f"see({name!r}, {how!r})") == "none"


@pytest.mark.parametrize("name", ["plain", "texts", "named"])
def test_attributes_are_handed_out_as_they_are(tmp_path: Path, name: str) -> None:
    """A new one comes while their dictionary is gone over, also that of a text or a container."""
    assert verdict(tmp_path, f"name({name!r})", f"names({name!r})") == "found"


@pytest.mark.parametrize("name", [*OBJECTS, "dict", "list"])
def test_two_copies_at_the_same_time_pass(tmp_path: Path, name: str) -> None:
    """To copy changes nothing, and what is shared inside stays shared: the ids in the memo are those of the code."""
    assert verdict(tmp_path, f'see({name!r}, "deepcopy")', f'see({name!r}, "deepcopy")') == "none"


def test_a_lock_cannot_be_copied(tmp_path: Path) -> None:
    """Neither alone nor in an object, as in Python; both calls fail in every order."""
    source = SOURCE + "\n        def whole(self):\n            return copy.deepcopy(self)\n"
    result = grade_program(program(tmp_path, source, "Both()", "it.whole()", "it.whole()"), GIL)
    assert (result.verdict, dict(result.never)) == ("cannot tell", {"it.whole()": "TypeError"})
