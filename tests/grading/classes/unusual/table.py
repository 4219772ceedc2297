"""Wrong classes in unusual styles, and right ones, each with its verdict under either model.

Iterators and generators that threads share, values that are replaced or packed, descriptors and decorators, and what C
does in several steps without the GIL.
"""

from __future__ import annotations

from tests.grading.classes.sample import HERE, Sample

SAMPLES = HERE / "unusual" / "samples"
UNSURE = "cannot tell"


def wrong(name: str, tasks: str, *then: str, gil: str = "found", free: str = "found") -> Sample:
    """One that is wrong: where `none` is written it is right under that model.

    Args:
        name: the module and the class.
        tasks: what each thread calls: threads divided by `|`, calls by `;`.
    """
    module, _, kind = name.partition(".")
    called = tuple(tuple(call.strip() for call in task.split(";")) for task in tasks.split("|"))
    return Sample(module, kind if "(" in kind else f"{kind}()", called, then, gil, free, root=SAMPLES)


def unsure(name: str, tasks: str, *then: str) -> Sample:
    """One that is wrong, of which nothing certain can be said."""
    return wrong(name, tasks, *then, gil=UNSURE, free=UNSURE)


def slower(name: str, tasks: str, *then: str, free: str = "found") -> Sample:
    """One that is wrong without the GIL."""
    return wrong(name, tasks, *then, gil="none", free=free)


def right(name: str, tasks: str, *then: str) -> Sample:
    """One that is right."""
    return wrong(name, tasks, *then, gil="none", free="none")


ITERATORS = (
    wrong("iterators.SharedTee", "it.a() | it.b()"),
    wrong("iterators.SharedGroups", "it.take() | it.take()"),
    wrong("iterators.SharedGenerator", "it.take() | it.take()"),
    wrong("iterators.SentGenerator", "it.add() | it.add()"),
    unsure("iterators.DroppedGenerator", "it.add() | it.add()", "it.n"),
    unsure("iterators.DroppedWith", "it.add() | it.add()", "it.n"),
    unsure("iterators.DroppedLoop", "it.add() | it.add()", "it.n"),
    unsure("iterators.DroppedFirst", "it.add() | it.add()", "it.n"),
    unsure("iterators.DroppedInList", "it.add() | it.add()", "it.n"),
    unsure("iterators.DroppedByName", "it.add() | it.add()", "it.n"),
    unsure("iterators.DroppedBySend", "it.add() | it.add()", "it.n"),
    unsure("iterators.Ended", "it.add() | it.add()", "it.n"),
    unsure("iterators.Called", "it.drop() | it.drop()", "it.gone"),
    wrong("iterators.Replaced", "it.add() | it.add()", "it.n"),
    wrong("iterators.Reduced", "it.add() | it.add()", "it.n"),
)
VALUES = (
    wrong("alike.Spans", "it.first() | it.second()", "it.read()"),
    wrong("alike.Colours", "it.first() | it.second()", "it.read()"),
    wrong("values.Copied", "it.add() | it.add()"),
    unsure("values.DeepCopied", "it.copied() | it.move()"),
    wrong("values.Pickled", "it.add() | it.add()", "it.state"),
    wrong("values.AsJson", "it.put('a') | it.put('b')", "it.text"),
    wrong("values.Packed", "it.add() | it.add()", "it.data"),
    wrong("values.Viewed", "it.add() | it.add()", "it.data"),
    wrong("values.InArray", "it.add() | it.add()", "it.data[0]"),
    wrong("values.DataReplaced", "it.add() | it.add()", "it.state.n"),
    wrong("values.TupleReplaced", "it.right() | it.up()", "it.at"),
    wrong("values.FieldShared", "it.add('k') | it.add('k')", "it.seen"),
    wrong("values.OfMember", "it.use() | it.use()"),
    wrong("values.User", "it.add('k') | it.add('k')"),
    wrong("values.Rows", "it.add() | it.add()", "it.data"),
    wrong("values.Layers", "it.add() | it.add()", "it.base"),
    unsure("values.Evaluated", "it.add() | it.add()", "it.n"),
    unsure("values.Written", "it.add() | it.add()", "it.space['n']"),
    wrong("values.Walrus", "it.take() | it.take()"),
    wrong("values.Matched", "it.take() | it.take()"),
    wrong("values.Star", "it.turn() | it.turn()", "it.rows"),
)
OBJECTS = (
    wrong("objects.Described", "it.add() | it.add()", "it.n"),
    wrong("objects.KeptInDescriptor", "it.add() | it.add()", "it.n"),
    wrong("objects.Metaclass", "it.make() | it.make()"),
    wrong("objects.Singleton", "it.get() | it.get()"),
    wrong("objects.InSlots", "it.add() | it.add()", "it.n"),
    wrong("objects.ContextDefault", "it.add() | it.add()"),
    wrong("objects.PartialList", "it.add() | it.add()"),
    wrong("objects.CachedMethod", "it.get() | it.get()"),
    wrong("objects.CachedList", "it.add() | it.add()"),
    wrong("objects.LazyProperty", "it.parts | it.parts", gil="none"),
    wrong("objects.ByOperator", "it.add() | it.add()", "it.it"),
    wrong("objects.ByCaller", "it.add() | it.add()", "it.items"),
    wrong("objects.DecoratedClass", "it.add() | it.add()"),
    wrong("objects.LockPerCall", "it.add() | it.add()", "it.n"),
    wrong("objects.OfClosure", "it.add() | it.add()"),
    wrong("objects.ByVars", "it.add() | it.add()", "it.n"),
    wrong("objects.ByUpdate", "it.add() | it.add()", "it.n"),
    wrong("objects.BySetAttr", "it.add() | it.add()", "it.n"),
    wrong("values.Hidden", "it.look() | it.look()", "it.reads"),
    wrong("objects.Namespace", "it.add() | it.add()", "it.of.n"),
    wrong("objects.BoundLate", "it.add() | it.add()", "it.n"),
    wrong("objects.InDefault", "it.add() | it.add()"),
)
GOING_OVER = (
    wrong("going_over.Starred", "it.read() | it.swap()"),
    wrong("going_over.Unpacked", "it.read() | it.swap()"),
    wrong("going_over.Nested", "it.read() | it.move()"),
    wrong("going_over.Sizes", "it.read() | it.move()"),
    slower("going_over.Accumulated", "it.read() | it.swap()"),
    slower("going_over.Reversed", "it.read() | it.swap()"),
    slower("going_over.Equal", "it.read() | it.swap()", free=UNSURE),
    slower("going_over.Joined", "it.read() | it.put()", free=UNSURE),
    slower("going_over.Keys", "it.read() | it.put()", free=UNSURE),
)
LOCKING = (
    wrong("locking.LocalMisuse", "it.add() | it.add()"),
    wrong("locking.WaitsOnce", "it.take() | it.take() | it.put(1); it.put(2)"),
    wrong("locking.NotifiesUnlocked", "it.take() | it.put(1)"),
    wrong("locking.NotifiesOne", "it.put() | it.put() | it.take() | it.take()", "it.full"),
    wrong("locking.TestsBeforeLock", "it.wait() | it.set()"),
    wrong("locking.ReleasedTwice", "it.fail(); it.add() | it.add()", "it.n"),
    wrong("locking.TwoPermits", "it.add() | it.add()", "it.n"),
    wrong("locking.GivesUp", "it.add() | it.add()", "it.n"),
    wrong("locking.ClearedLate", "it.take(); it.take() | it.put(1); it.put(2)"),
    wrong("locking.DoubleChecked", "it.get() | it.get()"),
    wrong("locking.Reentered", "it.buy() | it.buy()", "it.left"),
    wrong("locking.LockInCopy", "it.add() | it.add()", "it.items"),
    wrong("locking.ReplacedLock", "it.add() | it.reset(); it.add()", "it.n"),
    wrong("locking.LocksByKey", "it.add(1) | it.add(1)", "it.n"),
    wrong("clocks.Expires", "it.get() | it.sweep()"),
    wrong("clocks.Drawn", "it.add() | it.add()", "it.n"),
    wrong("clocks.Ids", "it.new() | it.new()"),
    wrong("clocks.InDatabase", "it.add() | it.add()", "it.read()"),
)
STEPS = (
    slower("steps.Summed", "it.read() | it.swap()"),
    slower("steps.Largest", "it.read() | it.swap()"),
    slower("steps.Smallest", "it.read() | it.swap()"),
    slower("steps.AnyOf", "it.read() | it.swap()"),
    slower("steps.AllOf", "it.read() | it.swap()"),
    slower("steps.ToSet", "it.read() | it.swap()"),
    slower("steps.ToDeque", "it.read() | it.swap()"),
    slower("steps.Zipped", "it.read() | it.swap()"),
    slower("steps.Mapped", "it.read() | it.swap()"),
    slower("steps.ExtendedByIterator", "it.read() | it.swap()"),
    slower("steps.FromKeys", "it.read() | it.swap()"),
    slower("steps.Found", "it.read() | it.swap()"),
    slower("steps.SummedValues", "it.read() | it.put()"),
    slower("steps.Missing", "it.add() | it.add()", "it.lists"),
    slower("steps.IsSuper", "it.read() | it.swap()", free=UNSURE),
    slower("steps.Pairs", "it.read() | it.put()", free=UNSURE),
    slower("steps.Sorted", "it.sort() | it.size()", free=UNSURE),
    slower("steps.SortedWhile", "it.sort() | it.add()", "it.items", free=UNSURE),
    slower("steps.Subtracted", "it.take() | it.read()", free=UNSURE),
    slower("steps.SetAdded", "it.put() | it.read()", free=UNSURE),
    slower("steps.SetMerged", "it.put() | it.read()", free=UNSURE),
    slower("steps.SharedIslice", "it.take() | it.take()"),
    slower("steps.SharedRow", "it.take() | it.take()", free=UNSURE),
    slower("steps.Counted", "it.add() | it.add()", "it.counts['a']", free=UNSURE),
    wrong("steps.MovedBoth", "it.move() | it.read()"),
)
RIGHT = (
    right("going_over.RightStarred", "it.read() | it.swap()"),
    right("going_over.RightArguments", "it.read() | it.swap()"),
    right("iterators.RightGenerator", "it.take() | it.take()"),
    right("iterators.RightClosed", "it.add() | it.add()", "it.n"),
    right("alike.RightColours", "it.first() | it.second()", "it.read()"),
    right("values.RightPickled", "it.add() | it.add()", "it.state"),
    right("values.RightJson", "it.put('a') | it.put('b')", "len(it.text)"),
    right("values.RightArray", "it.add() | it.add()", "it.data[0]"),
    right("values.RightDataReplaced", "it.add() | it.add()", "it.state.n"),
    right("values.RightUser", "it.add('k') | it.add('k')"),
    right("values.RightCompare", "it.add() | it.add()", "it.n"),
    right("objects.RightDescribed", "it.add() | it.add()", "it.n"),
    right("objects.RightMetaclass", "it.make() | it.make()"),
    right("objects.RightContext", "it.add() | it.add()"),
    right("objects.RightLazyProperty", "it.parts | it.parts"),
    right("objects.RightSynchronized", "it.add() | it.add()", "it.n"),
    right("steps.RightExtended", "it.read() | it.swap()"),
    right("steps.RightItems", "it.read() | it.put()"),
    right("steps.RightDefault", "it.add() | it.add()", "it.data"),
    right("steps.RightOrder", "it.move() | it.take()", "it.data"),
    right("steps.RightDeque", "it.turn() | it.read()"),
    right("steps.RightJoined", "it.put() | it.read()"),
    right("steps.RightLocked", "it.swap() | it.read()"),
    right("steps.RightCount", "it.take() | it.take()"),
    right("steps.RightSorted", "it.read() | it.swap()"),
    right("steps.RightListed", "it.read() | it.swap()"),
    right("steps.RightTuple", "it.read() | it.swap()"),
    right("steps.RightSliced", "it.read() | it.swap()"),
    right("locking.RightLocal", "it.add() | it.add()"),
    right("locking.RightWaits", "it.take() | it.take() | it.put(1); it.put(2)"),
    right("locking.RightNotifies", "it.put() | it.put() | it.take() | it.take()", "it.full"),
    right("locking.RightHandsOver", "it.add() | it.add()", "it.n"),
    right("locking.RightBounded", "it.add() | it.add()", "it.n"),
    right("locking.RightGivesUp", "it.add() | it.add()", "it.n"),
    right("locking.RightDoubleChecked", "it.get() | it.get()"),
    right("locking.RightLocksByKey", "it.add(1) | it.add(1)", "it.n"),
    right("clocks.RightExpires", "it.get() | it.sweep()"),
    right("clocks.RightInDatabase", "it.add() | it.add()", "it.read()"),
)
WRONG = (*ITERATORS, *VALUES, *OBJECTS, *GOING_OVER, *LOCKING, *STEPS)
