"""Locks that are never taken, or never given back."""

from threading import Condition, Lock, Thread


class TwoOrders:
    """One counts with the first lock outside, the other with the second."""

    def __init__(self):
        self.first, self.second = Lock(), Lock()
        self.count = 1

    def up(self):
        with self.first, self.second:
            self.count += 1

    def down(self):
        with self.second, self.first:
            self.count -= 1


class Groups:
    """Members of one group share a room that those of the other lock, and count themselves under one mutex.

    The first of a group waits for the room while it holds the mutex that the other group needs to leave.
    """

    def __init__(self):
        self.mutex, self.room = Lock(), Lock()
        self.inside = {"a": 0, "b": 0}

    def visit(self, group):
        self.mutex.acquire()
        self.inside[group] += 1
        if self.inside[group] == 1:
            self.room.acquire()
        self.mutex.release()
        self.mutex.acquire()
        self.inside[group] -= 1
        if self.inside[group] == 0:
            self.room.release()
        self.mutex.release()

    def idle(self):
        """A thread that does nothing."""


class Phases:
    """What was meant: every phase ends with its lock released."""

    def __init__(self):
        self.first, self.second = Lock(), Lock()
        self.done = 0

    def run(self):
        self.first.acquire()
        self.first.release()
        self.first.acquire()
        self.end_of_first()
        with self.second:
            self.done += 1

    def end_of_first(self):
        self.first.release()


class KeptPhase(Phases):
    """The second time the first lock is kept."""

    def end_of_first(self):
        pass


class Handover:
    """What was meant: whoever takes a piece makes room for the next."""

    def __init__(self, there):
        self.there = self.old = there
        lock = Lock()
        self.empty, self.full = Condition(lock), Condition(lock)

    def produce(self, pieces=1):
        for _ in range(pieces):
            with self.empty:
                while self.there:
                    self.empty.wait()
                self.there += 1
                self.full.notify()

    def consume(self, pieces=1):
        for _ in range(pieces):
            with self.full:
                while not self.there:
                    self.full.wait()
                self.take()
                self.empty.notify()

    def take(self):
        self.there -= 1

    def consume_all(self, pieces):
        """Takes what lay there in the beginning as well."""
        self.consume(pieces + self.old)

    def run(self, pieces):
        threads = [Thread(target=self.produce, args=(pieces,)), Thread(target=self.consume_all, args=(pieces,))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.there


class Untaken(Handover):
    """Tells that there is room, and has made none."""

    def take(self):
        pass


class LeftOver(Handover):
    """Takes as many as will be made, and leaves what lay there."""

    def consume_all(self, pieces):
        self.consume(pieces)
