"""Classes of packages that the lab has installed, for its own use or for its tests."""

from __future__ import annotations

from .library import PARTLY, PROMISED, SILENT, WITHDRAWN, Library, Trial, sets, twice

CACHETOOLS = "https://cachetools.readthedocs.io/en/stable/"
CACHES = (
    "None of the cache classes is safe with threads. Whoever shares one must synchronise, such as with a decorator "
    "of cachetools that is given a lock."
)
CACHES_LINK = f"{CACHETOOLS}#cache-implementations"
LEFT = ("sorted(it.items())", "it.currsize")


def cache(name: str, *trials: Trial) -> Library:
    """One of the cache classes of cachetools."""
    return Library(f"cachetools.{name}", "cachetools", WITHDRAWN, CACHES, CACHES_LINK, trials, "cachetools")


CACHE = cache(
    "Cache",
    Trial("Cache(1)", (sets("a", "1"), sets("b", "2")), LEFT),
    Trial("Cache(2)", (('it.setdefault("a", 1)',), ('it.setdefault("a", 2)',)), ("it['a']", "it.currsize")),
)
LRU_CACHE = cache(
    "LRUCache",
    Trial("LRUCache(1)", (sets("a", "1"), sets("b", "2")), LEFT),
    Trial("LRUCache(2)", (('it.pop("a", None)',), sets("a", "1")), LEFT),
    Trial(
        "Guarded(cachetools.LRUCache(1))",
        (('it.put("a", 1)',), ('it.put("b", 2)',)),
        ("it.get('a')", "it.get('b')"),
        module="guarded",
    ),
)
TTL_CACHE = cache(
    "TTLCache",
    Trial("TTLCache(2, 60)", (sets("a", "1"), sets("a", "2")), ("it['a']", "it.currsize")),
    Trial("TTLCache(2, 60)", (('it.get("a")',), sets("a", "1")), ("it['a']", "it.currsize")),
    Trial(
        "Guarded(cachetools.TTLCache(1, 60))",
        (('it.put("a", 1)',), ('it.put("b", 2)',)),
        ("it.get('a')", "it.get('b')"),
        module="guarded",
    ),
)
CACHED = Library(
    "cachetools.cached",
    "cachetools",
    PARTLY,
    "With `lock` each access to the cache is protected, and the function runs outside of it, perhaps twice. With "
    "`condition` a second caller waits for the first. Without both it is not safe.",
    f"{CACHETOOLS}#memoizing-decorators",
    (
        Trial(
            "Cached()",
            (("it.square(2)",), ("it.square(3)",)),
            ("len(it.square.cache)",),
            module="memoized",
            remark="No lock was given.",
        ),
        Trial("with_lock()", (("it.square(2)",), ("it.square(3)",)), ("len(it.square.cache)",), module="memoized"),
        Trial(
            "with_lock()",
            twice("it.square(2)"),
            ("it.calls",),
            module="memoized",
            remark="The lock is for the cache, not for the function.",
        ),
        Trial("with_condition()", twice("it.square(2)"), ("it.calls",), module="memoized"),
    ),
    "cachetools",
)
CACHED_METHOD = Library(
    "cachetools.cachedmethod",
    "cachetools",
    PARTLY,
    "As `cached`, with the cache and the lock of the object.",
    f"{CACHETOOLS}#memoizing-decorators",
    (Trial("with_method()", (("it.square(2)",), ("it.square(3)",)), ("len(it.cache)",), module="memoized"),),
    "cachetools",
)
TTL_FUNCTION = Library(
    "cachetools.func.ttl_cache",
    "cachetools.func",
    PROMISED,
    "Safe with threads, as all decorators of this module, which take the place of `functools.lru_cache`.",
    f"{CACHETOOLS}#module-cachetools.func",
    (Trial("TtlCache()", twice("it.square(2)"), ("it.calls",), module="memoized"),),
    "cachetools",
)
SIMPLE_CACHE = Library(
    "cachelib.SimpleCache",
    "cachelib",
    PROMISED,
    "All operations hold a lock, so one cache can be used by all threads of a process. (Its docstring says so; "
    "earlier releases promised less.)",
    "https://github.com/pallets-eco/cachelib/blob/main/src/cachelib/simple.py",
    (
        Trial(
            "SimpleCache(threshold=1)",
            (('it.set("a", 1)',), ('it.set("b", 2)',)),
            ("it.get('a')", "it.get('b')"),
        ),
        Trial("SimpleCache()", (('it.add("a", 1)',), ('it.add("a", 2)',)), ("it.get('a')",)),
        Trial("SimpleCache()", twice('it.inc("a")'), ("it.get('a')",)),
        Trial(
            "SimpleCache()",
            (('it.set_many({"a": 1, "b": 1})',), ('it.get_many("a", "b")',)),
            remark="Both take the lock for each key. That several keys are read at one moment is not promised.",
        ),
    ),
    "cachelib",
)
SIGNAL = Library(
    "blinker.Signal",
    "blinker",
    PROMISED,
    "Thread safety is on the list of features.",
    "https://blinker.readthedocs.io/en/stable/",
    (
        Trial(
            "Signal()",
            (("it.connect(repr, weak=False) and None",), ('it.send("x")',)),
            ("len(it.receivers)",),
        ),
        Trial("Signal()", (("it.connect(repr) and None",), ('it.send("x")',)), ("len(it.receivers)",)),
    ),
    "blinker",
)
NAMESPACE = Library(
    "blinker.Namespace",
    "blinker",
    PROMISED,
    "As `blinker.Signal`.",
    "https://blinker.readthedocs.io/en/stable/",
    (Trial("Namespace()", twice('it.signal("a").name'), ("len(it)",)),),
    "blinker",
)
LOCAL_STACK = Library(
    "werkzeug.local.LocalStack",
    "werkzeug.local",
    PROMISED,
    "Data of the context: a thread sees its own only.",
    "https://werkzeug.palletsprojects.com/en/stable/local/",
    (Trial("LocalStack()", (("it.push(1)", "it.pop()"), ("it.push(2)", "it.pop()"))),),
    "werkzeug",
)
MULTI_DICT = Library(
    "werkzeug.datastructures.MultiDict",
    "werkzeug.datastructures",
    SILENT,
    "The page names no guarantee for use by several threads.",
    "https://werkzeug.palletsprojects.com/en/stable/datastructures/",
    (Trial("MultiDict()", (('it.add("a", 1)',), ('it.add("a", 2)',)), ("sorted(it.getlist('a'))",)),),
    "werkzeug",
)
SIGNER = Library(
    "itsdangerous.Signer",
    "itsdangerous",
    SILENT,
    "The pages name no guarantee for use by several threads.",
    "https://itsdangerous.palletsprojects.com/en/stable/",
    (Trial("Signer('secret')", (('it.sign("a")',), ('it.unsign(it.sign("b"))',))),),
    "itsdangerous",
)
PROMETHEUS_COUNTER = Library(
    "prometheus_client.Counter",
    "prometheus_client",
    PROMISED,
    "Prometheus's rules for client libraries demand safety with threads.",
    "https://prometheus.io/docs/instrumenting/writing_clientlibs/",
    (Trial("Counter('hits', 'of a page', registry=None)", twice("it.inc()"), ("it._value.get()",)),),
    "prometheus_client",
)
PACKAGES = (
    *(CACHE, LRU_CACHE, TTL_CACHE, CACHED, CACHED_METHOD, TTL_FUNCTION, SIMPLE_CACHE, SIGNAL, NAMESPACE),
    *(LOCAL_STACK, MULTI_DICT, SIGNER, PROMETHEUS_COUNTER),
)
