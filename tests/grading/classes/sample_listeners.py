"""Classes that keep a callable and call it later, each with a race that only the callable can tell; and their twins."""

from __future__ import annotations

from .sample_stores import locked

OBSERVABLE = '''
import threading


class Observable:
    """A value with listeners: two that are added at once are one."""

    def __init__(self):
        self._value, self._listeners = 0, []
        self._lock = threading.RLock()

    def add_listener(self, listener):
        listeners = list(self._listeners)
        listeners.append(listener)
        self._listeners = listeners

    def set(self, value):
        with self._lock:
            self._value = value
            listeners = list(self._listeners)
        for listener in listeners:
            listener(value)
'''
PROMISE = '''
import threading


class Promise:
    """A callback that comes between the look and the entry is never called."""

    def __init__(self):
        self._value, self._callbacks = None, []
        self._lock = threading.RLock()

    def resolve(self, value):
        with self._lock:
            self._value = value
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def is_done(self):
        with self._lock:
            return self._value is not None

    def then(self, callback):
        if self.is_done():
            callback(self)
        else:
            self._callbacks.append(callback)
'''
TOPICS = '''
import threading


class Topics:
    """No name says what is subscribed; and what is let go comes back."""

    def __init__(self):
        self._subscribed = {}
        self._lock = threading.RLock()

    def subscribe(self, topic, who):
        self._subscribed[topic] = tuple(list(self._subscribed.get(topic, ())) + [who])

    def unsubscribe(self, topic, who):
        with self._lock:
            self._subscribed[topic] = tuple(each for each in self._subscribed.get(topic, ()) if each is not who)

    def publish(self, topic, message):
        with self._lock:
            subscribed = self._subscribed.get(topic, ())
        for who in subscribed:
            who(topic, message=message)
'''
POOL = '''
import threading


class Pool:
    """A thread runs the jobs; of two that come at once, one may be left undone."""

    def __init__(self):
        self._jobs = ()
        self._changed = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, job):
        jobs = list(self._jobs)
        with self._changed:
            self._jobs = (*jobs, job)
            self._changed.notify()

    def _work(self):
        while True:
            with self._changed:
                while not self._jobs:
                    self._changed.wait()
                jobs, self._jobs = self._jobs, ()
            for job in jobs:
                job()
'''
MODULE = """
_LISTENERS = []


def listen(listener):
    _LISTENERS[:] = list(_LISTENERS) + [listener]


def tell(value):
    for listener in tuple(_LISTENERS):
        listener(value)
"""
CHAIN = '''
import threading


class Chain:
    """What is used last is called first, and then what was used before."""

    def __init__(self):
        self._handler = int
        self._lock = threading.RLock()

    def use(self, middleware):
        inner = vars(self).get("_handler")
        self._handler = lambda request: (middleware(request), inner(request))

    def handle(self, request):
        self._handler(request)
'''
BUS = '''
import threading


class Bus:
    """What decorates with `@bus.on("a")` is kept; where nothing is, firing raises."""

    def __init__(self):
        self._handlers = {}
        self._lock = threading.RLock()

    def on(self, event):
        def decorate(handler):
            handlers = tuple(list(self._handlers.get(event, ())))
            self._handlers[event] = (*handlers, handler)
            return handler

        return decorate

    def fire(self, event, value):
        with self._lock:
            handlers = self._handlers[event]
        for handler in handlers:
            handler(value)
'''
TRANSACTION = '''
import threading


class Transaction:
    """What is to be done after it is done at once where there is none."""

    def __init__(self):
        self._is_open, self._after = False, []
        self._lock = threading.RLock()

    def begin(self):
        with self._lock:
            self._is_open = True

    def commit(self):
        with self._lock:
            self._is_open = False
            after, self._after = self._after, []
        for callback in after:
            callback()

    def on_commit(self, callback):
        if tuple([self._is_open])[0]:
            self._after.append(callback)
        else:
            callback()
'''
MESSAGES = '''
import threading


class Messages:
    """Two listeners are told of the same message."""

    def __init__(self):
        self._listeners = ()
        self._lock = threading.RLock()

    def listen(self, listener):
        with self._lock:
            self._listeners = tuple(list(self._listeners) + [listener])

    def tell(self, message: dict) -> int:
        with self._lock:
            listeners = self._listeners
        for listener in listeners:
            listener(message)
        return len(listeners)
'''
LOADERS = '''
import threading


class Loaders:
    """Loads without the lock; the first value stays."""

    def __init__(self):
        self._loaders, self._values = {}, {}
        self._lock = threading.RLock()

    def register(self, name, loader):
        with self._lock:
            self._loaders = dict(list(self._loaders.items()) + [(name, loader)])

    def resolve(self, name):
        with self._lock:
            loader = self._loaders.get(name)
            if loader is None or name in self._values:
                return self._values.get(name)
        value = loader(name)
        with self._lock:
            return self._values.setdefault(name, value)
'''
TABLE = '''
import threading


class Table:
    """Updates without the lock, and anew when it was overtaken."""

    def __init__(self):
        self._data, self._listeners = {}, []
        self._lock = threading.RLock()

    def put(self, key, value):
        with self._lock:
            self._data[key] = value
            listeners = list(self._listeners)
        for listener in listeners:
            listener(key)

    def get(self, key):
        with self._lock:
            return self._data.get(key)

    def update(self, key, callback):
        while key in self._data:
            old = self.get(key)
            new = callback(old)
            with self._lock:
                if self._data[key] is old:
                    self._data[key] = new
                    return

    def on_change(self, callback):
        with self._lock:
            self._listeners.append(callback)
'''
WRONG = {
    "add_listener": OBSERVABLE,
    "then": PROMISE,
    "subscribe": TOPICS,
    "submit": POOL,
}
RIGHT = {
    "add_listener": locked(OBSERVABLE),
    "then": PROMISE.replace(
        """        if self.is_done():
            callback(self)
        else:
            self._callbacks.append(callback)
""",
        """        with self._lock:
            if self._value is None:
                self._callbacks.append(callback)
                return
        callback(self)
""",
    ),
    "subscribe": locked(TOPICS),
    "submit": POOL.replace(
        """        jobs = list(self._jobs)
        with self._changed:
            self._jobs = (*jobs, job)
""",
        """        with self._changed:
            self._jobs = (*self._jobs, job)
""",
    ),
}
