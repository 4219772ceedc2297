"""Deques of work: the owner pushes and pops at one end, thieves steal at the other."""

from threading import Lock


class WorkStealing:
    """The owner takes the last piece without the lock when it believes that there are more."""

    def __init__(self, *work):
        self.work = list(work)
        self.head = 0
        self.tail = len(self.work)
        self.lock = Lock()

    def pop(self):
        tail = self._tail() - 1
        if self.head <= tail:
            self.tail = tail
            return self.work[tail]
        return None

    def steal(self):
        with self.lock:
            head = self.head
            if head < self._tail():
                self._move_head(head + 1)
                return self.work[head]
            return None

    def push(self, piece):
        tail = self._tail()
        self.work[tail:] = [piece]
        self.tail = tail + 1

    def _tail(self):
        return self.tail

    def _move_head(self, head):
        self.head = head


class Cell:
    """One value that is compared and exchanged in one step."""

    def __init__(self, value):
        self.value = value
        self.lock = Lock()

    def get(self):
        with self.lock:
            return self.value

    def put(self, value):
        with self.lock:
            self.value = value

    def swap(self, value):
        with self.lock:
            before, self.value = self.value, value
            return before

    def swap_if(self, old, new):
        with self.lock:
            if self.value != old:
                return False
            self.value = new
            return True


class Interlocked:
    """Thieves exchange the head; the owner trusts an old look at it."""

    def __init__(self, *work):
        self.work = list(work)
        self.head, self.tail = Cell(0), Cell(len(work))

    def pop(self):
        tail = self.tail.get() - 1
        if self.head.get() > tail:
            return None
        self.tail.put(tail)
        return self.work[tail]

    def steal(self):
        head = self.head.get()
        if head >= self.tail.get() or not self.head.swap_if(head, head + 1):
            return None
        return self.work[head]


class Piece:
    """Work that knows whether it was done."""

    def __init__(self, name):
        self.name = name
        self.done = Cell(False)

    def do(self):
        if self.done.swap(True):
            raise AssertionError(f"{self.name} is done twice")
        return self.name


class WithState(WorkStealing):
    """The same deque, of pieces that notice when they are done twice."""

    def __init__(self, *names):
        super().__init__(*[Piece(name) for name in names])

    def pop(self):
        piece = super().pop()
        return piece and piece.do()

    def steal(self):
        piece = super().steal()
        return piece and piece.do()


class InterlockedWithState(Interlocked):
    """The exchanged head, of such pieces."""

    def __init__(self, *names):
        super().__init__(*[Piece(name) for name in names])

    def pop(self):
        piece = super().pop()
        return piece and piece.do()

    def steal(self):
        piece = super().steal()
        return piece and piece.do()


class SafeStack:
    """Free places as a linked stack without a lock; three threads and many turns are needed to break it.

    A place is lent to one at a time. The head may be the same again while what hangs on it is another.
    """

    def __init__(self, places):
        self.next = [Cell(n + 1 if n + 1 < places else -1) for n in range(places)]
        self.head, self.count = Cell(0), Cell(places)
        self.lent = [Cell(None) for _ in range(places)]

    def use(self, who, times=1):
        for _ in range(times):
            place = self._pop()
            if place < 0:
                continue
            if self.lent[place].swap(who) is not None:
                raise AssertionError("the place is lent already")
            if self.lent[place].swap(None) != who:
                raise AssertionError("somebody else had the place")
            self._push(place)

    def _pop(self):
        while self.count.get() > 1:
            head = self.head.get()
            after = self.next[head].swap(-1)
            if after >= 0:
                if self.head.swap_if(head, after):
                    self._add(-1)
                    return head
                self.next[head].swap(after)
            else:
                return -1
        return -1

    def _push(self, place):
        while True:
            head = self.head.get()
            self.next[place].put(head)
            if self.head.swap_if(head, place):
                break
        self._add(1)

    def _add(self, by):
        while not self.count.swap_if(count := self.count.get(), count + by):
            pass
