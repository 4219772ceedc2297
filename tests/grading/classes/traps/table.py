"""Small classes that could get a false pass: by hidden state, by locks that lock nothing, by what cannot be seen.

Each is wrong, or out of reach: `none` is the failure, of every one. Where `found` is written nothing less will do;
where `cannot tell` is written a finding is right as well.
"""

from __future__ import annotations

import sys

from tests.grading.classes.sample import HERE, Sample

SAMPLES = HERE / "traps" / "samples"
UNSURE = "cannot tell"


def trap(
    module: str, make: str, tasks: tuple[tuple[str, ...], ...], *then: str, gil: str = "found", free: str = "found"
) -> Sample:
    """One trap; the verdicts that are right under either model."""
    return Sample(module, make, tasks, then, gil, free, root=SAMPLES)


def unsure(module: str, make: str, tasks: tuple[tuple[str, ...], ...], *then: str) -> Sample:
    """One of which nothing certain can be said."""
    return trap(module, make, tasks, *then, gil=UNSURE, free=UNSURE)


def twice(module: str, make: str, call: str, *then: str) -> Sample:
    """Two threads that make the same call."""
    return trap(module, make, ((call,), (call,)), *then)


ATTRIBUTES = (
    twice("attributes", "ByDict()", "it.add()", "it.n"),
    twice("attributes", "DictAndName()", "it.add()", "it.n"),
    twice("attributes", "Update()", "it.add()", "it.n"),
    twice("attributes", "Computed()", "it.add()", "it.count_in"),
    twice("attributes", "Object()", "it.add()", "it.n"),
    twice("attributes", "Fallback()", "it.use()"),
    twice("attributes", "Writes()", "it.next"),
    twice("attributes", "Slotted()", "it.add()", "it.n"),
    twice("attributes", "Getter()", "it.add()", "it.n"),
    twice("attributes", "Caller()", "it.add()", "it.n"),
    twice("attributes", "Got()", "it.add()", "it.n"),
    twice("attributes", "Deleted()", "it.spend()"),
    unsure("attributes", "Everything()", (("it.add()",), ("it.add()",)), "it.n"),
)
CLASS_STATE = (
    twice("class_state", "OfClass()", "it.add()", "it.n"),
    trap("class_state", "Inherited()", (("it.add()",), ("it.add()",)), "it.n"),
    twice("class_state", "Factory()", "it.make()", "it.made()"),
    twice("class_state", "Default()", "it.add(1)"),
    twice("class_state", "Closure()", "it.add()"),
    twice("class_state", "OfFunction()", "it.add()", "it.n()"),
    twice("class_state", "Global()", "it.add()", "it.total()"),
    twice("class_state", "GlobalByName()", "it.add()", "it.total()"),
    trap("class_state", "Generator()", (("it.add(0)",), ("it.add(1)",)), "it.n"),
    trap("class_state", "Subclasses()", (("it.make('A')",), ("it.make('B')",))),
    twice("class_state", "Bound()", "it.call()", "it.n"),
)
CONTAINERS = (
    twice("containers", "Sub()", "it.add('k')", "it['k']"),
    trap("containers", "Own(k=0)", (("it.add('k')",), ("it.add('k')",)), "dict.get(it, 'k')"),
    trap("containers", "Numbers()", (("it.number('a')",), ("it.number('b')",))),
    twice("containers", "Wrapped()", "it.add('k')", "it['k']"),
    trap("containers", "Ordered()", (("it.touch('a')",), ("it.drop('a')",))),
    trap("containers", "Last()", (("it.add(1)", "it.add(2)"), ("it.add(3)",))),
    twice("containers", "Heap()", "it.least()"),
    trap("containers", "Sorted()", (("it.add(3)",), ("it.add(2)",)), "it.items"),
    twice("containers", "Both()", "it.add(1)"),
    twice("containers", "InTuple()", "it.add(1)"),
    twice("containers", "Frozen()", "it.add(1)"),
    twice("containers", "InPlace()", "it.add()", "it.n()"),
    twice("containers", "Purse()", "it.add()", "int(it.money)"),
    trap("containers", "Copied()", (("it.sum()",), ("it.drop('b')",))),
    twice("containers", "Popped()", "it.take()"),
    twice("containers", "Chain()", "it.add()", "it.base['n']"),
    twice("containers", "Tally()", "it.add('k')", "it.counts['k']"),
    twice("containers", "Lists()", "it.add('k', 1)"),
    twice("containers", "Bytes()", "it.add()", "it.data[0]"),
    trap("containers", "View()", (("it.each()",), ("it.put('b')",))),
    twice("containers", "Sliced()", "it.half()", "it.items"),
)
CALLS = (
    twice("calls", "Key()", "it.sort()", "it.n"),
    twice("calls", "Cached()", "it.get('k')", "it.computed"),
    # Until 3.11 `cached_property` had a lock, and was right.
    *([twice("calls", "OnceProperty()", "it.handle", "it.opened")] if sys.version_info >= (3, 12) else []),
    twice("calls", "Partial()", "it.add()", "it.n"),
    twice("calls", "Reduced()", "it.add()", "it.n"),
    twice("calls", "Mapped()", "it.add()", "it.n"),
    twice("calls", "Formatted()", "it.text()"),
    twice("calls", "Compared()", "it.look()", "it.n"),
    twice("calls", "Hashed()", "it.put()", "it.hashed"),
    twice("calls", "Truth()", "it.ask()", "it.asked"),
    twice("calls", "Held()", "it.add()", "it.n"),
    twice("calls", "Stacked()", "it.add()", "it.n"),
    trap("calls", "Suppressed()", (("it.put('c')",), ("it.put('d')",)), "it.data['d'] + it.data['c']"),
    trap("calls", "Lazy()", (("it.sums()",), ("it.add(3)",))),
    trap("calls", "Chained()", (("it.all()",), ("it.move()",))),
    trap("calls", "Dumped()", (("it.dump()",), ("it.move()",))),
    twice("calls", "Duplicated()", "it.add()", "it.value()"),
    twice("calls", "Decorated()", "it.add()"),
    twice("calls", "Iterator()", "it.take()"),
    twice("calls", "Formats()", "it.show()", "it.n"),
    twice("calls", "Dispatch()", "it.add(1)", "it.n"),
    trap("calls", "Item()", (("it.both()",), ("it.move()",))),
)
LOCKS = (
    trap("locks", "If()", (("it.get()",), ("it.get()",), ("it.put(1)", "it.put(2)"))),
    trap("locks", "Cleared()", (("it.wait()",), ("it.wait()",), ("it.set()", "it.set()"))),
    trap("locks", "Wrong()", (("it.add()",), ("it.add_two()",)), "it.n"),
    trap("locks", "Replaced()", (("it.add()",), ("it.reset()", "it.add()")), "it.n"),
    twice("locks", "PerCopy()", "it.add()", "it.data"),
    twice("locks", "PerField()", "it.add()", "it.n"),
    twice("locks", "Reentered()", "it.add()", "it.n"),
    trap("locks", "Handed()", (("it.add()",), ("it.release()", "it.add()")), "it.n"),
    twice("locks", "Tried()", "it.add()", "it.n"),
    twice("locks", "TimedOut()", "it.add()", "it.n"),
    twice("locks", "Two()", "it.add()", "it.n"),
    twice("locks", "Early()", "it.add()"),
    trap("locks", "Escaped()", (("it.count()",), ("it.add(1)",))),
    trap("locks", "Notified()", (("it.wait()",), ("it.set()",))),
    twice("locks", "Peeked()", "it.add()"),
    twice("locks", "Waited()", "it.add()", "it.n"),
    twice("locks", "Upgraded()", "it.close()", "it.closes"),
    twice("locks", "Made()", "it.add()", "it.n"),
    trap("locks", "Cycle()", (("it.eat(0)",), ("it.eat(1)",), ("it.eat(2)",))),
)
THREADS = (
    trap("threads", "Timed()", (("it.later()",),), "it.n"),
    trap("threads", "FromInit()", (("it.wait()",),)),
    trap("threads", "Daemon()", (("it.write(1)",), ("it.write(2)",)), "it.n"),
    trap("threads", "SharedItem()", (("it.put()",), ("it.get()",))),
    twice("threads", "Emptied()", "it.take()"),
    trap("threads", "Callback()", (("it.run()",),)),
    trap("threads", "Mapped()", (("it.run()",),)),
    trap("threads", "Team()", (("it.run()",),)),
    trap("threads", "Unjoined()", (("it.run()",),)),
    twice("threads", "Slept()", "it.add()", "it.n"),
    twice("threads", "LocalShared()", "it.add()", "it.shared"),
    unsure("threads", "Crowd()", (("it.add()",),) * 20, "it.n"),
    trap("threads", "Crash()", (("it.put('a')", "it.drop('a')"), ("it.drop('a')",)), "it.names"),
)
IDENTITY = (
    unsure("identity", "Ids()", (("it.make()",), ("it.make()",))),
    unsure("identity", "Order()", (("it.first()",), ("it.first()",))),
    unsure("identity", "Weak()", (("it.use()",), ("it.drop()",))),
    unsure("identity", "Finalized()", (("it.drop()",), ("it.add()",)), "it.gone"),
    twice("identity", "Deleted()", "it.use()", "it.open"),
    twice("identity", "Collected()", "it.add()", "it.n"),
)
ENDINGS = (
    unsure("endings", "Text()", (("it.make()",), ("it.make()",))),
    unsure("endings", "Hashed()", (("it.make()",), ("it.make()",))),
    unsure("endings", "Rows()", (("it.first()",), ("it.first()",)), "it.open"),
    unsure("endings_of_module", "OfModule()", (("it.drop()",), ("it.add()",)), "it.count()"),
    twice("endings", "Operator()", "it.add()", "it.data['k']"),
)
OUTSIDE = (
    unsure("outside_async", "Coroutine()", (("it.add()",), ("it.add()",)), "it.n"),
    unsure("outside_asyncio", "Driven()", (("it.add()",), ("it.add()",)), "it.n"),
    unsure("outside_ctypes", "Number()", (("it.add()",), ("it.add()",)), "it.read()"),
    unsure("outside_socket", "Echo()", (("it.add()",), ("it.add()",)), "it.n"),
    unsure("outside_subprocess", "Shell()", (("it.add()",), ("it.add()",)), "it.n"),
    unsure("outside_file", "Counter()", (("it.add()",), ("it.add()",))),
    unsure("outside_environ", "Counter()", (("it.add()",), ("it.add()",)), "it.read()"),
    unsure("outside_processes", "Counter()", (("it.add()",), ("it.add()",)), "it.read()"),
    twice("outside_random", "Lottery()", "it.add()", "it.n"),
    twice("outside_uuid", "Last()", "it.new()"),
    unsure("outside_logging", "Service()", (("it.work()",), ("it.work()",)), "it.seen()"),
    unsure("outside_exec", "Made()", (("it.add()",), ("it.add()",)), "it.n"),
    unsure("outside_eval", "Made()", (("it.add()",), ("it.add()",)), "it.n"),
    unsure("outside_signal", "Alarm()", (("it.add()",), ("it.add()",)), "it.n"),
    twice("outside_contextvar", "Counter()", "it.add()", "it.cell"),
    unsure("outside_frames", "Caller()", (("it.add()",), ("it.add()",)), "it.by"),
    unsure("outside_modules", "Counter()", (("it.add()",), ("it.add()",)), "it.read()"),
    trap("outside_pickle", "Saved()", (("it.save()",), ("it.move()",))),
    unsure("outside_spin", "Spin()", (("it.set()",), ("it.get()",))),
    twice("outside_swallow", "Stubborn()", "it.add()", "it.n"),
    twice("outside_itertools", "Ids()", "it.pair()"),
    twice("outside_struct", "Window()", "it.add()", "it.read()"),
)
HOW = {
    "attribute": "HasAttr GetDefault Dir Vars InDict Except OfEnum Method Deleted",
    "write": "Unpacked Format",
    "append": "MatchSequence Star Arguments FString Percent Equal Inside Join Zipped Backwards Sliced Deep Truth Plus "
    "Delegated",
    "put": "MatchMapping Spread Keywords FormatMap Union",
    "grow": "Views",
}
READS = tuple(
    trap("reads", f"{name}()", (("it.read()",), (f"it.{how}()",)))
    for how, names in HOW.items()
    for name in names.split()
)
HOW_WRITTEN = """
    Extended Multiplied Sliced Removed Merged Updated UpdatedAttributes LoopTarget LoopItem WithTarget Unpacked Starred
    Chained Annotated Sorted Mapped Kept Unbound Operators InPlaceOperators Super Again Nested Comprehension Walrus
    Finally Popped
"""
WRITES = tuple(trap("writes", f"{name}()", (("it.write()",), ("it.read()",))) for name in HOW_WRITTEN.split())
SWITCHED = "Default Next Statement Super Loop Format Manager Property Compared Comprehension"
SWITCHES = tuple(twice("switches", f"{name}()", "it.add()", "it.sum()") for name in SWITCHED.split())
TRAPS = (
    *ATTRIBUTES,
    *CLASS_STATE,
    *CONTAINERS,
    *CALLS,
    *LOCKS,
    *THREADS,
    *IDENTITY,
    *ENDINGS,
    *OUTSIDE,
    *READS,
    *WRITES,
    *SWITCHES,
)
