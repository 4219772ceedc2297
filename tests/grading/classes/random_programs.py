"""Random classes with locks, conditions, queues, attributes, containers and globals, and random programs over them."""

from __future__ import annotations

from pathlib import Path
from random import Random
from textwrap import indent

from racelab.grading.classes.program import Program

HEAD = """\
import threading, queue, time
from collections import deque

total = 0
table = {}

class Node:
    def __init__(self, value, after=None):
        self.value = value
        self.after = after

class Subject:
    def __init__(self):
        self.a = 0
        self.b = 1
        self.flag = False
        self.items = [1]
        self.row = deque([1])
        self.map = {"x": 1}
        self.set = {1}
        self.node = Node(0)
        self.lock = threading.Lock()
        self.other = threading.RLock()
        self.changed = threading.Condition()
        self.under = threading.Condition(self.other)
        self.event = threading.Event()
        self.permits = threading.Semaphore(1)
        self.queue = queue.Queue(2)
        self.log = []

    def step(self, x):
        return x + 1

    def peek(self):
        return self.a

    @property
    def size(self):
        return len(self.items)
"""
NAMES = ("one", "two")
SHAPES = ((1, 1), (1, 1), (1, 1), (2, 1), (1, 2), (1, 1, 1), (2, 2))
INSIDE = 0.45
PLAIN = (
    "self.a += 1",
    "self.a = self.b + {k}",
    "x = self.a\nself.b = x + {k}",
    "self.a = self.step(self.a)",
    "x += self.peek()",
    "x += self.size",
    "self.b = self.a",
    "y = self.a\nself.a = self.step(y)",
    "y = self.map.get('x', 0)\nself.map['x'] = self.step(y)",
    "if not self.flag:\n    self.flag = self.step(0) > 0\n    self.a += 1",
    "self.a = self.step(self.b)\nself.b = self.step(self.a)",
    "y = len(self.items)\nself.items.append(self.step(y))",
    "if self.items:\n    self.step(0)\n    x += self.items.pop()",
    "y = total\ntotal = self.step(y)",
    "y = self.node\nself.step(0)\ny.value += 1",
    "self.items.append({k})",
    "self.items = self.items + [{k}]",
    "x += len(self.items)",
    "x += sum(self.items)",
    "if self.items:\n    x += self.items.pop()",
    "if self.items:\n    x += self.items[0]",
    "self.row.append({k})",
    "self.row.appendleft(self.a)",
    "if self.row:\n    x += self.row.popleft()",
    "self.map['x'] = {k}",
    "self.map['y'] = self.map.get('y', 0) + 1",
    "x += self.map.get('{key}', 0)",
    "self.map.setdefault('{key}', {k})",
    "self.map.pop('{key}', None)",
    "if '{key}' not in self.map:\n    self.map['{key}'] = self.step({k})",
    "x += len(self.map)",
    "for one in self.map.values():\n    x += one",
    "for one in self.items:\n    x += self.step(one)",
    "for one in list(self.map):\n    x += self.map[one]",
    "self.set.add({k})",
    "self.set.discard(1)",
    "x += len(self.set)",
    "self.node.value += 1",
    "self.node = Node({k}, self.node)",
    "x += self.node.value",
    "if self.node.after is not None:\n    self.node = self.node.after",
    "self.flag = True",
    "self.flag = not self.flag",
    "total += 1",
    "total = total + self.step({k})",
    "x += total",
    "table['{key}'] = x",
    "x += table.get('{key}', 5)",
    "self.log.append(x)",
    "x = max(self.a, self.b)",
    "x += sum([one for one in self.items])",
    "x += sorted(self.items, key=lambda one: -one)[0] if self.items else 0",
    "try:\n    x += self.map['{key}']\nexcept KeyError:\n    x += 7",
    "self.event.set()",
    "self.event.clear()",
    "x += self.event.is_set()",
    "x += self.event.wait(1)",
    "self.event.wait()",
    "self.queue.put({k})",
    "x += self.queue.get()",
    "try:\n    x += self.queue.get_nowait()\nexcept queue.Empty:\n    x += 3",
    "try:\n    self.queue.put({k}, timeout=1)\nexcept queue.Full:\n    x += 9",
    "x += self.queue.qsize()",
    "x += self.lock.locked()",
    "time.sleep(0.1)",
    "x += int(time.monotonic()) % 7",
    "with self.changed:\n    self.flag = True\n    self.changed.notify()",
    "with self.changed:\n    self.flag = True\n    self.changed.notify_all()",
    "with self.changed:\n    while not self.flag:\n        self.changed.wait()\n    x += 1",
    "with self.changed:\n    if not self.flag:\n        x += self.changed.wait(1)",
    "with self.under:\n    self.under.notify()\n    self.a += 1",
    "with self.under:\n    self.under.wait_for(lambda: self.a > 0, timeout=1)\n    x += self.a",
    "thread = threading.Thread(target=self.grow)\nthread.start()\nthread.join()",
    "threading.Thread(target=self.grow).start()",
)
AROUND = (
    "with self.lock:\n{body}",
    "with self.lock:\n{body}",
    "with self.lock:\n{body}",
    "with self.other:\n{body}",
    "with self.changed:\n{body}",
    "with self.permits:\n{body}",
    "if self.flag:\n{body}",
    "if self.a > {k}:\n{body}\nelse:\n    x += 4",
    "for _ in range(2):\n{body}",
    "try:\n{body}\nfinally:\n    x += self.b",
    "if self.lock.acquire(timeout=1):\n    try:\n{deeper}\n    finally:\n        self.lock.release()",
    "if self.lock.acquire(False):\n{body}\n    self.lock.release()",
)
THEN = ("it.a", "it.b", "it.items", "it.row", "it.map", "it.set", "it.flag", "total", "table", "it.log", "it.node")


def write_module(seed: int, folder: Path) -> Program:
    """A random module in a folder, and a random program over it."""
    chance = Random(seed)
    few = Palette(chance)
    methods = [_method(name, [few.statement(1) for _ in range(chance.choice((1, 1, 2)))]) for name in NAMES]
    methods.append(_method("grow", [few.statement(1, quiet=True)]))
    module = f"random_{seed}"
    (folder / f"{module}.py").write_text("\n".join([HEAD, *methods]), encoding="utf-8")
    shape = chance.choice(SHAPES)
    tasks = tuple(tuple(f"it.{chance.choice(NAMES)}()" for _ in range(many)) for many in shape)
    return Program(str(folder), module, "Subject()", tasks, THEN)


def _method(name: str, body: list[str]) -> str:
    text = "\n".join(["global total", "x = 0", *body, "return x"])
    return f"    def {name}(self):\n{indent(text, ' ' * 8)}\n"


class Palette:
    """A few kinds of statements, so that threads meet in what they touch."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._plain = chance.sample(PLAIN, 3)
        self._quiet = [text for text in PLAIN if not any(word in text for word in ("wait", ".get()", "Thread"))]
        self._around = chance.sample(AROUND, 2)

    def statement(self, deep: int, quiet: bool = False) -> str:
        """One statement, perhaps with others inside. A quiet one starts no thread, and waits for nothing but locks."""
        chance = self._chance
        if deep and chance.random() < INSIDE:
            inside = "\n".join(self.statement(deep - 1, quiet) for _ in range(chance.choice((1, 1, 2))))
            around = self._filled(chance.choice(self._around))
            return around.replace("{body}", indent(inside, " " * 4)).replace("{deeper}", indent(inside, " " * 8))
        return self._filled(chance.choice(self._quiet if quiet else self._plain))

    def _filled(self, text: str) -> str:
        return text.replace("{k}", str(self._chance.randint(0, 2))).replace("{key}", self._chance.choice("xy"))
