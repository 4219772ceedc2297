"""Faults of real programs: a buffer of characters, a download and a compressor."""

from threading import Condition, RLock, Thread


class Text:
    """Each method is locked; appending another text takes two of its methods."""

    def __init__(self, characters=""):
        self.characters = list(characters)
        self.lock = RLock()

    def length(self):
        with self.lock:
            return len(self.characters)

    def copy(self, start, end):
        with self.lock:
            if end > len(self.characters):
                raise IndexError(end)
            return self.characters[start:end]

    def delete(self, start, end):
        with self.lock:
            del self.characters[start:end]

    def append(self, other):
        with self.lock:
            length = other.length()
            self.characters.extend(other.copy(0, length))
            return length


class Texts:
    def __init__(self):
        self.left, self.right = Text("ab"), Text("cd")

    def append(self):
        return self.left.append(self.right)

    def delete(self):
        return self.right.delete(0, 2)


class Download:
    """Threads write parts of a file; whoever stops the program saves how far it has come."""

    def __init__(self, parts):
        self.written = [0] * parts
        self.total = 0

    def write(self, part, size):
        self.written[part] += size
        self.total = self._sum(size)

    def _sum(self, size):
        return max(self.total, 0) + size

    def save(self):
        return f"{self.total} of {sum(self.written)}"


class Compressor:
    """The main thread throws the queue away when it is empty; the consumer is about to look into it once more."""

    def __init__(self):
        self.queue = []
        self.changed = Condition()

    def compress(self, blocks):
        Thread(target=self._consume, daemon=True).start()
        with self.changed:
            self.queue.extend(range(blocks))
            self.changed.notify_all()
            while self.queue:
                self.changed.wait()
        self.changed = None
        return blocks

    def _consume(self):
        while True:
            with self.changed:
                while not self.queue:
                    self.changed.wait()
                self.queue.pop()
                self.changed.notify_all()
