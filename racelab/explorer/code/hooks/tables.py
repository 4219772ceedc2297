"""What each method of Python's containers touches.

An access to all of a container is one of the kernel's: `READ`, `WRITE` (replace), `BOTH`, `CHANGE` (change without
looking: neither the outcome nor an error depends on what was there). Of a dict one item may be meant: then a letter
says how. `None` touches nothing: a view or an iterator looks when it is used. A method that is not listed looks and
changes.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict, defaultdict, deque
from types import MappingProxyType
from typing import Final

from racelab.explorer.kernel.cells import BOTH, CHANGE, READ, WRITE

LOOKS_AT_ITEM: Final = "k"
CREATES_ITEM: Final = "m"
SETS_ITEM: Final = "s"
TAKES_ITEM: Final = "K"
SETS_DEFAULT: Final = "D"
HAS_ITEM: Final = "c"

Effect = int | str | None
Table = dict[str, Effect]


def _table(**names: str) -> Table:
    """By effect: `_table(READ="copy count", ...)`."""
    effects: dict[str, Effect] = {"READ": READ, "WRITE": WRITE, "BOTH": BOTH, "CHANGE": CHANGE, "NONE": None}
    return {method: effects[effect] for effect, methods in names.items() for method in methods.split()}


_ANY: Final = _table(
    READ="__len__ __contains__ __repr__ __str__ __format__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __sizeof__ "
    "__reduce__ __reduce_ex__ __getstate__ __copy__ copy __dir__",
    NONE="__iter__ __reversed__ __new__ __init_subclass__ __subclasshook__ __class_getitem__ __hash__",
    CHANGE="__init__",
    WRITE="clear",
)
DICT: Final[Table] = {
    **_ANY,
    **_table(READ="__or__ __ror__", CHANGE="update __ior__", BOTH="popitem", NONE="keys values items fromkeys"),
    "get": LOOKS_AT_ITEM,
    "__getitem__": LOOKS_AT_ITEM,
    "__contains__": HAS_ITEM,
    "__setitem__": SETS_ITEM,
    "pop": TAKES_ITEM,
    "__delitem__": TAKES_ITEM,
    "setdefault": SETS_DEFAULT,
}
ORDERED: Final[Table] = {**DICT, "move_to_end": BOTH}
WITH_DEFAULT: Final[Table] = {**DICT, "__missing__": CREATES_ITEM, "__getitem__": CREATES_ITEM}
LIST: Final[Table] = {
    **_ANY,
    **_table(
        READ="index count __getitem__ __add__ __mul__ __rmul__",
        CHANGE="append extend insert __iadd__ __imul__",
        BOTH="pop remove sort reverse __setitem__ __delitem__",
    ),
}
SET: Final[Table] = {
    **_ANY,
    **_table(
        READ="difference intersection union symmetric_difference issubset issuperset isdisjoint "
        "__and__ __rand__ __or__ __ror__ __sub__ __rsub__ __xor__ __rxor__",
        CHANGE="add discard update difference_update intersection_update symmetric_difference_update "
        "__iand__ __ior__ __isub__ __ixor__",
        BOTH="pop remove",
    ),
}
DEQUE: Final[Table] = {
    **_ANY,
    **_table(
        READ="index count __getitem__ __add__ __mul__ __rmul__ maxlen",
        CHANGE="append appendleft extend extendleft rotate reverse __iadd__ __imul__",
        BOTH="pop popleft remove insert __setitem__ __delitem__",
    ),
}
_BYTES_CHANGE: Final = "append extend insert reverse __iadd__ __imul__"
BYTES: Final[Table] = {
    **dict.fromkeys([name for name in dir(bytes) if not name.startswith("__")], READ),
    **_ANY,
    **_table(
        READ="__alloc__ __getitem__ __add__ __mul__ __rmul__ __mod__ __rmod__ __buffer__ __release_buffer__",
        CHANGE=_BYTES_CHANGE,
        BOTH="pop remove __setitem__ __delitem__ resize",
    ),
}
ARRAY: Final[Table] = {
    **_ANY,
    **_table(
        READ="__getitem__ __add__ __mul__ __rmul__ __deepcopy__ __buffer__ __release_buffer__ buffer_info count index "
        "tobytes tolist tofile tounicode",
        CHANGE="append extend insert reverse byteswap frombytes fromfile fromlist fromunicode __iadd__ __imul__",
        BOTH="pop remove __setitem__ __delitem__",
    ),
}
TABLES: Final = (
    *((OrderedDict, ORDERED), (defaultdict, WITH_DEFAULT), (dict, DICT), (list, LIST), (set, SET), (deque, DEQUE)),
    *((bytearray, BYTES), (array, ARRAY)),
)
_of_kind: Final[dict[type, Table]] = dict(TABLES)
MUTABLE: Final = tuple([kind for kind, _ in TABLES])
"""Python's containers that change."""
MUTABLE_KINDS: Final = frozenset(MUTABLE)
"""The same, to look for exactly such a class."""
VIEWS: Final[tuple[type, ...]] = (type({}.keys()), type({}.values()), type({}.items()), MappingProxyType)
"""They look at a container when they are used."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


USES_UP: Final = _names(
    "extend extendleft update difference difference_update intersection intersection_update union isdisjoint issubset "
    "issuperset symmetric_difference symmetric_difference_update fromkeys join fromlist __init__ __new__ __ior__ "
    "__iadd__ __add__ __radd__ __or__ __ror__ __setitem__"
)
"""Methods that go over their arguments."""
HASHES: Final = _names("add discard remove __contains__")
"""Methods of a set that look for their argument."""
ASKS_ELEMENTS: Final = _names("remove sort index count __contains__")
"""Methods that compare elements."""
LOOKS_AT_NO_ELEMENT: Final = _names("copy __copy__ __len__ __getitem__ __add__ __mul__ __rmul__ __sizeof__")
"""Methods that look at which elements there are, and into none."""
STORES: Final = _names("append appendleft insert")
"""Methods that store their arguments and look at nothing of them."""


def table_of(container: object) -> Table:
    """The methods of a container."""
    table = _of_kind.get(type(container))
    return table if table is not None else next(one for kind, one in TABLES if issubclass(type(container), kind))
