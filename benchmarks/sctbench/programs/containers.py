"""A ring of letters, a queue and a stack, each step of which is locked."""

from threading import Lock


class Letters:
    """Sends and receives in turns; the receiver counts its turns instead of what it has received."""

    def __init__(self, room):
        self.lock = Lock()
        self.letters = [None] * room
        self.first = self.next = 0
        self.may_send = True

    def send(self, turns):
        for number in range(turns):
            with self.lock:
                if self.may_send:
                    self.letters[self.next] = number
                    self.next += 1
                    self.may_send = False

    def receive(self, turns):
        for number in range(turns):
            with self.lock:
                if not self.may_send:
                    letter = self.letters[self.first]
                    self.first += 1
                    self.may_send = True
                    if letter != number:
                        raise AssertionError("another letter was expected")


class Stack:
    """Drains as many as were pushed, if it has once seen one."""

    def __init__(self):
        self.lock = Lock()
        self.items = []
        self.begun = False

    def fill(self, n):
        for item in range(n):
            with self.lock:
                self.items.append(item)
                self.begun = True

    def drain(self, n):
        for _ in range(n):
            with self.lock:
                if self.begun:
                    self.items.pop()


class Queue:
    """A copy is kept of what is put in; the taker goes by its own turns when it looks there."""

    def __init__(self):
        self.lock = Lock()
        self.queue = []
        self.stored = []
        self.putting, self.taking = True, False

    def put(self, turns):
        with self.lock:
            self.queue.append(0)
            self.stored.append(0)
        for number in range(1, turns):
            with self.lock:
                if self.putting:
                    self.queue.append(number)
                    self.stored.append(number)
                    self.putting, self.taking = False, True

    def take(self, turns):
        for number in range(turns):
            with self.lock:
                if self.taking:
                    if self.queue.pop(0) != self.stored[number]:
                        raise AssertionError("another number was expected")
                    self.putting, self.taking = True, False
