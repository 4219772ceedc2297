"""What C does in several steps: without the GIL others come in between.

A lock of its own makes most methods of a container one step, also if its argument is another list, set or dictionary
(CPython's documentation, "Thread Safety Guarantees", and `Py_BEGIN_CRITICAL_SECTION` in Objects/listobject.c,
dictobject.c, setobject.c, odictobject.c and Modules/_collectionsmodule.c). But it is no lock for `len`, `in` and `[]`,
which look without one. And what goes over a container by an iterator takes the lock for each element anew.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence, Sized
from types import GeneratorType
from typing import Any, Final

from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread, here

from . import interrupted
from .advancing import is_iterator
from .foreign import half_done, in_steps
from .iterating import Handed, Looking
from .tables import MUTABLE, USES_UP, VIEWS

_COPIED: Final = (list, set, dict, *VIEWS[:3])
"""What `list`, `sorted` and `extend` take over in one step."""
_HASHED: Final = (set, frozenset, dict)
_AT_ONCE: Final[dict[type, tuple[type, ...]]] = {
    list: _COPIED,
    tuple: (list,),
    set: _HASHED,
    frozenset: _HASHED,
    dict: (dict,),
}
"""Of a class: which arguments are taken over in one step."""
_MANY: Final = frozenset(
    ["update", "difference_update", "symmetric_difference_update", "extendleft", "__ior__", "__isub__", "__ixor__"]
)
"""Methods that change one element after another."""
_LOOKS_ON: Final = frozenset({"index", "count"})


class Stepping(Looking):
    """Stops between two elements, as others can come between them."""

    __slots__ = ()

    def __next__(self) -> Any:
        task, memory = here.task, here.memory
        if task is not None and memory is not None and self._again:
            return super().__next__()
        self._again = True
        return next(self._iterator)


def each(memory: Memory, values: Any, site: int, at_once: tuple[type, ...] = ()) -> Any:
    """Something that C goes over, one element after another, and has looked at.

    Args:
        at_once: the classes that it takes over in one step.
    """
    if not in_steps(memory, site) or type(values) in at_once or not _can_change(values):
        return values
    if type(values) is GeneratorType:  # its body stops by itself
        return values
    return Stepping(iter(values), values, site)


def handed(memory: Memory, values: Any, site: int) -> Any:
    """Something over which an iterator goes later, whoever asks it."""
    if memory.places.free_threaded and type(values) in (*MUTABLE, *VIEWS[:3]):
        return Handed(iter(values), values, site)
    return values


def given(memory: Memory, kind: type, args: Sequence[Any], site: int) -> Sequence[Any]:
    """What a class of Python's makes an object from."""
    if len(args) and kind in (*_AT_ONCE, deque) and in_steps(memory, site):
        return each(memory, args[0], site, _AT_ONCE.get(kind, ())), *args[1:]
    return args


def _can_change(values: Any) -> bool:
    return issubclass(type(values), (*MUTABLE, *VIEWS)) or is_iterator(values)


def tell_method(
    memory: Memory, owner: Any, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], site: int
) -> None:
    """A method of a container: others could see it half-way."""
    if not in_steps(memory, site):
        return
    at_once = _AT_ONCE.get(type(owner), ())
    many = sum([len(one) if isinstance(one, Sized) else 2 for one in args], start=len(kwargs))
    if (
        (name == "sort" and len(owner) > 1)
        or (name in _LOOKS_ON and type(owner) is list)
        or (name in _MANY and many > 1)
        or (name in ("extend", "__iadd__") and type(owner) is not list and many > 1)
        or (name in USES_UP and any(_can_change(one) and not isinstance(one, at_once) for one in args))
    ):
        half_done(memory, f"{type(owner).__name__}.{name}()", site)


def tell_in_place(memory: Memory, owner: Any, value: Any, site: int, name: str = "") -> None:
    """`+=` and the like, by the method that it calls, or by the kind of container if that is not known."""
    if issubclass(type(owner), MUTABLE):
        by_kind = "__ior__" if issubclass(type(owner), (set, dict)) else "__iadd__"
        tell_method(memory, owner, name or by_kind, (value,), {}, site)


def create(task: Thread, owner: Any, key: Any) -> Any:
    """What a `defaultdict` does for a missing key: it calls, and stores what comes out, over what came meanwhile."""
    if type(owner) is not defaultdict or owner.default_factory is None or dict.__contains__(owner, key):
        return owner[key]
    value = owner.default_factory()
    interrupted.switchable(task)
    owner[key] = value
    return value


def over(memory: Memory, function: Any, args: Sequence[Any], site: int, where: Iterable[int]) -> Sequence[Any]:
    """The arguments of a function of C's that goes over some of them."""
    if not in_steps(memory, site):
        return args
    places = set(where)
    at_once = _COPIED if function is sorted else _HASHED if function.__name__ == "fromkeys" else ()
    return [each(memory, one, site, at_once) if number in places else one for number, one in enumerate(args)]
