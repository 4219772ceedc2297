"""Classes of the standard library. Those that are C inside are one step for the grader, whoever calls them."""

from __future__ import annotations

from .library import PARTLY, PROMISED, PYTHON_DOCS, SILENT, WITHDRAWN, Library, Trial, sets, twice

QUEUES = f"{PYTHON_DOCS}queue.html"
COLLECTIONS = f"{PYTHON_DOCS}collections.html"
FUNCTOOLS = f"{PYTHON_DOCS}functools.html"
NO_WORD = "The page names no guarantee for use by several threads."
ONE_STEP = (
    "The model takes this call of C code for one step. CPython's source reads, computes and writes there without "
    "a lock, so a free-threaded Python may lose a change that this `none` does not show."
)
SAYS_SO = "The documentation says that this can happen."

QUEUE = Library(
    "queue.Queue",
    "queue",
    PROMISED,
    "Made for exchange between threads, with all the locking that needs. What `empty`, `full` and `qsize` answer "
    "says nothing about the next call.",
    QUEUES,
    (
        Trial("Queue(1)", (("it.put(1)",), ("it.put(2)",), ("it.get()",)), ("it.qsize()",)),
        Trial("Queue()", (("it.put(1)", "it.join()"), ("it.get()", "it.task_done()")), ("it.qsize()",)),
        Trial(
            "queue_with_one()",
            twice("None if it.empty() else it.get_nowait()"),
            ("it.qsize()",),
            module="guarded",
            remark=SAYS_SO,
        ),
    ),
)
PRIORITY_QUEUE = Library(
    "queue.PriorityQueue",
    "queue",
    PROMISED,
    "As `queue.Queue`; the smallest item comes first.",
    QUEUES,
    (Trial("PriorityQueue()", (("it.put(2)",), ("it.put(1)",), ("it.get()",)), ("it.qsize()",)),),
)
DEQUE = Library(
    "collections.deque",
    "collections",
    PARTLY,
    "Appending and popping, at either end, are safe with threads. Nothing is said of the rest.",
    f"{COLLECTIONS}#collections.deque",
    (
        Trial("deque([1, 2])", (("it.append(3)", "it.popleft()"), ("it.appendleft(0)", "it.pop()")), ("list(it)",)),
        Trial(
            "deque([1])", twice("it.pop() if it else None"), ("list(it)",), remark="Two calls, of which each is safe."
        ),
        Trial(
            "deque([1, 2])",
            (("[each for each in it]",), ("it.append(3)",)),
            ("list(it)",),
            remark="Iterating is not promised.",
        ),
    ),
)
ORDERED_DICT = Library(
    "collections.OrderedDict",
    "collections",
    SILENT,
    NO_WORD,
    f"{COLLECTIONS}#collections.OrderedDict",
    (
        Trial(
            "OrderedDict(a=1, b=2)",
            (('it.move_to_end("a")',), ("it.popitem(last=False)",)),
            ("list(it.items())",),
        ),
        Trial("OrderedDict(a=1)", (("[key for key in it]",), sets("b", "2")), ("list(it)",)),
    ),
)
COUNTER = Library(
    "collections.Counter",
    "collections",
    SILENT,
    NO_WORD,
    f"{COLLECTIONS}#collections.Counter",
    (
        Trial("Counter()", twice('it.update("a")'), ("it['a']",), remark=ONE_STEP),
        Trial("Counter()", (sets("a", "it['a'] + 1"), sets("a", "it['a'] + 1")), ("it['a']",)),
        Trial("Counter(a=2)", twice('it.subtract("a")'), ("it['a']",)),
    ),
)
DEFAULT_DICT = Library(
    "collections.defaultdict",
    "collections",
    SILENT,
    NO_WORD,
    f"{COLLECTIONS}#collections.defaultdict",
    (
        Trial(
            "defaultdict(list)",
            (('it["a"].append(1)',), ('it["a"].append(2)',)),
            ("sorted(it['a'])",),
            remark=ONE_STEP,
        ),
        Trial("defaultdict(lambda: [])", (('it["a"].append(1)',), ('it["a"].append(2)',)), ("sorted(it['a'])",)),
    ),
)
CHAIN_MAP = Library(
    "collections.ChainMap",
    "collections",
    SILENT,
    NO_WORD,
    f"{COLLECTIONS}#collections.ChainMap",
    (
        Trial("ChainMap({}, {'a': 1})", (sets("a", "it['a'] + 1"), sets("a", "it['a'] + 1")), ("it['a']",)),
        Trial("ChainMap({'a': 1})", (('it.pop("a")',), ('it["a"] if "a" in it else None',)), ("len(it)",)),
    ),
)
USER_DICT = Library(
    "collections.UserDict",
    "collections",
    SILENT,
    NO_WORD,
    f"{COLLECTIONS}#collections.UserDict",
    (
        Trial("UserDict()", (('it.setdefault("a", 1)',), ('it.setdefault("a", 2)',)), ("it['a']",)),
        Trial("UserDict(a=1)", twice('it.pop("a", None)'), ("len(it)",)),
    ),
)
LRU_CACHE = Library(
    "functools.lru_cache",
    "functools",
    PARTLY,
    "Safe with threads: what it keeps stays coherent. The function may run more than once for the same arguments "
    "if a second call comes before the first has ended.",
    f"{FUNCTOOLS}#functools.lru_cache",
    (
        Trial("LruCache()", twice("it.square(2)"), ("it.square.cache_info().currsize",), module="memoized"),
        Trial(
            "LruCache()",
            (("it.square(2)", "it.square(3)"), ("it.square(2)",)),
            ("it.square.cache_info().currsize",),
            module="memoized",
        ),
        Trial("LruCache()", twice("it.square(2)"), ("it.calls",), module="memoized", remark=SAYS_SO),
    ),
)
CACHED_PROPERTY = Library(
    "functools.cached_property",
    "functools",
    WITHDRAWN,
    "The getter may run more than once on an object when threads race, and the last run stays. Until 3.11 there was "
    "a lock, of which the page said nothing.",
    f"{FUNCTOOLS}#functools.cached_property",
    (Trial("CachedProperty()", twice("it.square"), ("it.calls",), module="memoized"),),
)
EXIT_STACK = Library(
    "contextlib.ExitStack",
    "contextlib",
    SILENT,
    "The page names no guarantee. It warns that a context manager which may be entered twice is not therefore safe "
    "with threads.",
    f"{PYTHON_DOCS}contextlib.html",
    (
        Trial(
            "ExitStack()",
            (('it.callback(len, "a") and None', "it.close()"), ("it.close()",)),
            ("len(it._exit_callbacks)",),
        ),
        Trial(
            "ExitStack()",
            (('it.callback(len, "a") and None',), ("len(it.pop_all()._exit_callbacks)",)),
            ("len(it._exit_callbacks)",),
        ),
    ),
)
STANDARD = (
    *(QUEUE, PRIORITY_QUEUE, DEQUE, ORDERED_DICT, COUNTER, DEFAULT_DICT, CHAIN_MAP, USER_DICT),
    *(LRU_CACHE, CACHED_PROPERTY, EXIT_STACK),
)
