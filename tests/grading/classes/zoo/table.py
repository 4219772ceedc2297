"""Classes as their authors write them: which are right, and what is wrong with the others."""

from __future__ import annotations

from tests.grading.classes.sample import HERE, Sample

ZOO = HERE / "zoo"


def right(module: str, make: str, tasks: tuple[tuple[str, ...], ...], *then: str) -> Sample:
    """One without a fault, under either model."""
    return Sample(module, make, tasks, then, root=ZOO / "right")


def wrong(
    module: str, make: str, tasks: tuple[tuple[str, ...], ...], *then: str, names: tuple[str, ...], gil: str = "found"
) -> Sample:
    """One with a fault; `gil` is `none` for those that only a free-threaded Python breaks."""
    return Sample(module, make, tasks, then, gil, "found", names, root=ZOO / "wrong")


RIGHT = (
    right("ttl_cache", "TTLCache(5)", (("it.put('a', 1)",), ("it.put('b', 2)", "it.get('a')")), "len(it)"),
    right("timed_cache", "TimedCache(1)", (("it.put('a', 1)",), ("it.put('b', 2)", "it.get('a')")), "it.size()"),
    right("connection_pool", "Pool(1)", (("it.ask()",), ("it.ask()",)), "it.queries()", "it.idle()"),
    right("token_bucket", "TokenBucket(1, 2, lambda: 0.0)", (("it.take()", "it.take()"), ("it.take()",)), "it.tokens"),
    right("event_bus", "EventBus()", (("it.attach_log()",), ("it.attach_log()",), ("it.publish('x')",)), "it.log"),
    right("ring_buffer", "RingBuffer(1)", (("it.put(1)", "it.put(2)"), ("it.get()",), ("it.get()",)), "len(it)"),
    right("lightswitch_table", "Scores(ann=1)", (("it.add('ann', 2)",), ("it.best()",), ("it.total()",)), "it.best()"),
    right("lazy_attribute", "Report([1, 2])", (("it.total",), ("it.total",)), "it.computed"),
    right("closure_ids", "Desk()", (("it.ticket()",), ("it.ticket()",)), "it.count()"),
    right(
        "session_store",
        "SessionStore()",
        (("it.start('u')", "it.change('u', 'k')"), ("it.start('u')", "it.end('u')")),
        "it.end('u')",
    ),
    right("single_flight", "Catalogue()", (("it.price('tea')",), ("it.price('tea')",)), "it.fetched"),
    right(
        "circuit_breaker", "Breaker(1)", (("it.call(int, 'x')",), ("it.call(int, '1')",), ("it.reset()",)), "it.state"
    ),
    right("batcher", "Mailer()", (("it.letter('a')",), ("it.letter('b')",), ("it.letter('c')",)), "it.sent()"),
    right("lru_mapping", "LRU(1)", (("it.__setitem__('a', 1)",), ("it.__setitem__('b', 2)", "'a' in it")), "list(it)"),
    right(
        "swapped_config",
        "Config(a=1, b=1)",
        (("it.update(a=2, b=2)",), ("it.update(c=3)",), ("it.both('a', 'b')",)),
        "it.both('a', 'c')",
    ),
    right("striped_counts", "StripedCounts()", (("it.add('a')",), ("it.add('a')",), ("it.total()",)), "it.total()"),
    right("singleton_meta", "Front()", (("it.claim('x')",), ("it.claim('x')",)), "it.made()"),
    right("sqlite_stock", "Stock()", (("it.sell('book')",), ("it.sell('book')",)), "it.left('book')"),
    right("latch", "CountDownLatch(2)", (("it.count_down()",), ("it.count_down()",), ("it.wait()",)), "repr(it)"),
    right("ordered_transfer", "Bank(5, 5)", (("it.pay(0, 1, 3)",), ("it.pay(1, 0, 7)",)), "it.balances()"),
    right("local_tally", "Tally()", (("it.hit()", "it.hit()"), ("it.hit()",)), "it.total()"),
    right("job_runner", "Runner(2)", (("it.squares([3])",),), "it.done"),
    right("phases", "Averages(1, 2)", (("it.run()",),), "it.values"),
    right(
        "copied_subscribers",
        "Bus()",
        (("it.subscribe('a')",), ("it.publish(1)",), ("it.subscribe('b')",)),
        "it.names()",
    ),
    right("writer_preference", "Document()", (("it.write('a')",), ("it.write('b')",), ("it.read()",)), "it.read()"),
    right("flagged_load", "Config()", (("it.get('x')",), ("it.get('y')",)), "it.loads"),
    right("retrying_outbox", "Outbox()", (("it.post('a')",), ("it.post('b')",)), "it.close()"),
    right(
        "replaced_table", "Routes()", (("it.add('/a', 1)",), ("it.match('/a')",), ("it.add('/b', 2)",)), "it.table()"
    ),
    right("semaphore_mutex", "Counter()", (("it.add(1)",), ("it.add(2)",), ("it.value()",)), "it.value()"),
    right("compiled_by_thread", "Templates()", (("it.render()",), ("it.reload('b')", "it.render()")), "it.render()"),
    right("memo_of_futures", "Memo()", (("it(3)",), ("it(3)",)), "it.computed"),
    right("setdefault_groups", "Groups()", (("it.add('k', 1)",), ("it.add('k', 2)",)), "it.all()"),
    right("sorted_accounts", "Bank()", (("it.pay('a', 'b', 1)",), ("it.pay('b', 'a', 2)",)), "it.sum()"),
    right("woken_poller", "Poller()", (("it.wake()",), ("it.stop()",)), "it.stopped()"),
    right("synchronized_cart", "Cart()", (("it.put('x')",), ("it.put('y')",), ("it.count",)), "it.total()"),
)

WRONG = (
    wrong(
        "balance_property", "Wallet()", (("it.deposit(1)",), ("it.deposit(2)",)), "it.balance", names=("lost update",)
    ),
    wrong("page_views", "", (("it.view('p')",), ("it.view('p')",)), "it.views('p')", names=("lost update",)),
    wrong(
        "user_names",
        "Names()",
        (("it.claim('ann', 1)",), ("it.claim('ann', 2)",)),
        "it['ann']",
        names=("check-then-act",),
    ),
    wrong(
        "read_through",
        "ReadThrough()",
        (("it.get(7)",), ("it.put(7, {'mail': 'new@example.org'})",)),
        "it.get(7)",
        names=("stale read", "lost update"),
    ),
    wrong("price_range", "Range()", (("it.record([3, 5])",), ("it.span()",)), names=("torn read",)),
    wrong("ledger", "Ledger()", (("it.post(1)",), ("it.review()",)), names=("deadlock",)),
    wrong("event_mailbox", "Mailbox()", (("it.post('a')",), ("it.fetch()",)), names=("lost wake-up", "deadlock")),
    wrong("early_instance", "Service()", (("it.check(3)",), ("it.check(4)",)), names=("unsafe publication", "crash")),
    wrong(
        "signal_hub",
        "Hub()",
        (("it.connect('a')", "it.send()"), ("it.connect('b')",)),
        names=("iteration over a changing container", "crash"),
    ),
    wrong(
        "fresh_lock", "Stock()", (("it.take(3)",), ("it.take(4)",)), "it.pieces", names=("lock per copy", "lost update")
    ),
    wrong(
        "two_guards",
        "Gauge()",
        (("it.sample(1)",), ("it.drain()",)),
        "it.drain()",
        names=("wrong lock", "lost update"),
    ),
    wrong(
        "recent_files",
        "Recent()",
        (("it.open('b')",), ("it.open('b')",)),
        "it.names()",
        names=("dirty read", "check-then-act", "crash"),
    ),
    wrong(
        "start_once",
        "Starter()",
        (("it.ensure()",), ("it.ensure()",)),
        "it.starts",
        names=("double execution", "check-then-act"),
    ),
    wrong(
        "wrong_waiter",
        "Slot()",
        (("it.get()",), ("it.get()",), ("it.put(1)", "it.put(2)")),
        names=("lost wake-up", "deadlock"),
    ),
    wrong(
        "invoice_numbers",
        "Invoices()",
        (("it.number()",), ("it.number()",)),
        "it.last",
        names=("lost update",),
        gil="none",
    ),
    wrong(
        "group_by",
        "Groups()",
        (("it.add('k', 1)",), ("it.add('k', 2)",)),
        "it.sizes()",
        names=("check-then-act", "lost update"),
        gil="none",
    ),
    wrong(
        "quota",
        "Quota(5)",
        (("it.spend(4)",), ("it.spend(3)",)),
        "it.budget",
        names=("check-then-act", "lost update"),
        gil="none",
    ),
    wrong("shared_generator", "Labels()", (("it.new()",), ("it.new()",)), names=("crash",)),
    wrong(
        "optimistic", "Document()", (("it.append('a')",), ("it.append('b')",)), "len(it.text)", names=("lost update",)
    ),
    wrong(
        "sqlite_counter",
        "Visits()",
        (("it.visit('home')",), ("it.visit('home')",)),
        "it.count('home')",
        names=("lost update", "atomicity violation"),
    ),
    wrong(
        "on_call",
        "Ward('ann', 'bob')",
        (("it.leave('ann')",), ("it.leave('bob')",)),
        "it._on_call()",
        names=("write skew", "check-then-act"),
    ),
    wrong("full_queue", "Outbox()", (("it.send(1)",), ("it.deliver()",)), names=("deadlock",)),
    wrong(
        "debounce",
        "Autosave()",
        (("it.change()",), ("it.flush()",)),
        "it.close()",
        names=("double execution", "check-then-act"),
    ),
    wrong("swap_slots", "Tables()", (("it.swap()",), ("it.names()",)), names=("torn read",), gil="none"),
    wrong(
        "half_locked_lru",
        "LRU(1)",
        (("it.put('a', 1)",), ("it.put('b', 2)",), ("it.get('a')",)),
        "len(it._data)",
        names=("check-then-act", "crash"),
    ),
    wrong("if_not_while", "Pool(1)", (("it.use()",), ("it.use()",), ("it.use()",)), names=("stolen wake-up",)),
    wrong(
        "unchecked_acquire",
        "Pool()",
        (("it.use()",), ("it.use()",)),
        "it.idle()",
        names=("dirty read", "atomicity violation"),
    ),
    wrong(
        "upgraded_read",
        "Cache()",
        (("it.get('k')",), ("it.get('k')",)),
        "it.loads",
        names=("double execution", "check-then-act"),
    ),
    wrong("reads_inside_reads", "Doc()", (("it.summary()",), ("it.write('x')",)), names=("lost wake-up", "deadlock")),
    wrong("gap_after_flight", "Flights()", (("it.do('k')",), ("it.do('k')",)), "it.calls", names=("double execution",)),
    wrong(
        "flag_first",
        "Config()",
        (("it.get('x')",), ("it.get('x')",)),
        names=("unsafe publication", "atomicity violation"),
    ),
    wrong("waits_in_its_own_pool", "Work()", (("it.run(1)",), ("it.run(2)",)), names=("deadlock",)),
    wrong(
        "clear_after_work",
        "Poller()",
        (("it.add(1)", "it.add(2)", "it.close()"),),
        names=("lost wake-up", "atomicity violation"),
    ),
    wrong("late_count", "Shared()", (("it.use()",), ("it.use()",)), names=("double execution", "crash")),
    wrong(
        "generation_after_text",
        "Templates()",
        (("it.render()",), ("it.reload('b')",)),
        "it.render()",
        names=("check-then-act", "stale read"),
    ),
    wrong("checked_deque", "Jobs(1)", (("it.pop()",), ("it.pop()",)), names=("check-then-act",)),
    wrong("copied_keys", "Registry()", (("it.drop('a')",), ("it.report()",)), names=("check-then-act", "torn read")),
    wrong("sorted_while_appended", "Board()", (("it.add(3)",), ("it.top()",)), "it.all()", names=("crash",)),
)
