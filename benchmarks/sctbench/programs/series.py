"""A sum that is made piece by piece, a producer and a consumer taking turns."""

from threading import Condition, Lock, Thread


class Series:
    """The consumer adds 0, 1, ... and at last the number of pieces; whoever wrote the check expected another sum."""

    def __init__(self, pieces):
        self.pieces = pieces
        self.waiting = 0
        self.total = 0
        lock = Lock()
        self.empty, self.full = Condition(lock), Condition(lock)

    def produce(self):
        for _ in range(self.pieces):
            with self.empty:
                while self.waiting:
                    self.empty.wait()
                self.waiting += 1
                self.full.notify()

    def consume(self):
        for number in range(self.pieces):
            with self.full:
                while not self.waiting:
                    self.full.wait()
                self.total += number
                self.waiting -= 1
                self.empty.notify()
        self.total += self.pieces

    def run(self):
        threads = [Thread(target=self.produce), Thread(target=self.consume)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def differs(self):
        """What the check claims: the sum is not that of 1 to the number of pieces."""
        return self.total != self.pieces * (self.pieces + 1) // 2
