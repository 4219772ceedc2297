"""Classes that start threads, or leave work to some that they have started."""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor


def fresh(value):
    return value + 1


class Timed:
    def __init__(self):
        self.n = 0

    def later(self):
        timer = threading.Timer(0.1, self._add)
        timer.start()
        self._add()
        timer.join()
        return self.n

    def _add(self):
        self.n = fresh(self.n)


class FromInit:
    """The thread runs before the object is complete."""

    def __init__(self):
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        self.rows = ["row"]

    def _run(self):
        self.seen = len(self.rows)

    def wait(self):
        self.thread.join()
        return self.seen


class Daemon:
    """The daemon counts, and so does who gives it work."""

    def __init__(self):
        self.n = 0
        self.jobs = queue.Queue()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            self.n = self.n + self.jobs.get()

    def write(self, n):
        self.jobs.put(n)
        self.n = fresh(self.n) + n - 1


class SharedItem:
    """The queue is safe; the list that goes through it is not."""

    def __init__(self):
        self.jobs = queue.Queue()

    def put(self):
        item = [1]
        self.jobs.put(item)
        item.append(fresh(1))

    def get(self):
        return sum(self.jobs.get())


class Emptied:
    """`empty()` and then `get()`."""

    def __init__(self):
        self.jobs = queue.Queue()
        self.jobs.put("job")

    def take(self):
        if self.jobs.empty():
            return None
        return self.jobs.get(block=False)


class Callback:
    """The callback of a future runs in the worker."""

    def __init__(self):
        self.n = 0

    def _done(self, future):
        self.n = fresh(self.n)

    def run(self):
        with ThreadPoolExecutor(2) as pool:
            for _ in range(2):
                pool.submit(fresh, 1).add_done_callback(self._done)
        return self.n


class Mapped:
    def __init__(self):
        self.n = 0

    def _add(self, by):
        self.n = fresh(self.n) + by - 1

    def run(self):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self._add, [1, 1]))
        return self.n


class Worker(threading.Thread):
    """A thread that is subclassed."""

    def __init__(self, owner):
        super().__init__()
        self.owner = owner

    def run(self):
        self.owner.n = fresh(self.owner.n)


class Team:
    def __init__(self):
        self.n = 0

    def run(self):
        workers = [Worker(self) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return self.n


class Unjoined:
    """`join` with a time-out, and the work is taken to be done."""

    def __init__(self):
        self.n = 0

    def _add(self):
        self.n = fresh(self.n)

    def run(self):
        thread = threading.Thread(target=self._add)
        thread.start()
        thread.join(timeout=0.1)
        self._add()
        thread.join()
        return self.n


class Slept:
    """A sleep in the gap, of no time at all."""

    def __init__(self):
        self.n = 0

    def add(self):
        n = self.n
        time.sleep(0)
        self.n = n + 1


class LocalShared:
    """What is local holds something that is not."""

    def __init__(self):
        self.shared = [0]
        self.mine = threading.local()

    def add(self):
        self.mine.cell = self.shared
        self.mine.cell[0] = fresh(self.mine.cell[0])


class Crash:
    """An exception in a thread, of which its starter hears nothing."""

    def __init__(self):
        self.names = []

    def _run(self, name):
        at = self.names.index(name)
        del self.names[at]

    def drop(self, name):
        thread = threading.Thread(target=self._run, args=(name,))
        thread.start()
        return fresh(0)

    def put(self, name):
        self.names.append(name)


class Crowd:
    """More threads than a machine has letters for."""

    def __init__(self):
        self.n = 0

    def add(self):
        self.n = fresh(self.n)
