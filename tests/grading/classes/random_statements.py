"""What random methods are made of, with the steps that each statement takes when it may stop everywhere.

The size of a program is estimated from it. A test compares it with what one thread takes alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Statement(NamedTuple):
    """Some lines of code, and the steps that they take with the GIL and without."""

    text: str
    gil: int
    free: int


RACY: Final = (
    Statement("y = self.a\nself.a = self.step(y)", 2, 3),
    Statement("self.a += self.step({k})", 2, 3),
    Statement("self.a = self.step(self.b)\nself.b = self.step(self.a)", 3, 6),
    Statement("y = self.map.get('{key}', 0)\nself.map['{key}'] = self.step(y)", 3, 5),
    Statement("self.map['x'] += self.step({k})", 2, 4),
    Statement("if '{key}' not in self.map:\n    self.map['{key}'] = self.step(len(self.map))\n    x += 1", 3, 7),
    Statement("self.counts['{key}'] += self.step({k})", 2, 5),
    Statement("y = self.counts['{key}']\nself.counts['{key}'] = self.step(y)", 2, 6),
    Statement("y = total\ntotal = self.step(y)", 2, 3),
    Statement("total += self.step({k})", 2, 3),
    Statement("y = table.get('{key}', 5)\ntable['{key}'] = self.step(y)", 3, 3),
    Statement("Subject.made = self.step(Subject.made)", 2, 3),
    Statement("y = self.made\ntype(self).made = self.step(y)", 2, 3),
    Statement("self.shared.append(self.step(len(self.shared)))", 2, 5),
    Statement("self.doubled = self.step(self.doubled)", 4, 5),
    Statement("self.doubled += {k}", 3, 4),
    Statement("self.a = self.step(sum(self.each()))", 5, 12),
    Statement("for one in self.each():\n    self.items.append(self.step(one))\n    break", 3, 8),
    Statement("x += next(self.source)", 3, 5),
    Statement("x += self.ticket()", 3, 4),
    Statement("x += self.remember({k})", 3, 3),
    Statement("x += self.bump()", 3, 4),
    Statement("x += super().bump()", 3, 4),
    Statement("y = self.a\ntry:\n    self.fail(y)\nexcept ValueError:\n    self.a = y + 1", 2, 3),
    Statement(
        "y = self.a\ntry:\n    self.a = self.step(y)\n    raise KeyError(y)\nexcept KeyError:\n    x += self.a", 3, 4
    ),
    Statement("y = self.a\nself.step(0)\nif y:\n    raise LookupError(y)\nself.a = y + 1", 2, 3),
    Statement("def more(n, by=1):\n    return n + by\nself.a = more(self.a)", 2, 2),
    Statement("z = {k}\ndef more():\n    nonlocal z\n    z += self.a\n    self.a = self.step(z)\nmore()", 3, 7),
    Statement("if self.row:\n    self.step(0)\n    x += self.row.popleft()", 2, 5),
    Statement("self.row.append(self.step(len(self.row)))", 2, 5),
    Statement("y = self.row[-1]\nself.row.append(self.step(y))", 2, 5),
    Statement("y = self.items[:]\nself.items = y + [self.step(len(y))]", 2, 7),
    Statement("y = len(self.items)\nself.items[y:] = [self.step(y)]", 3, 5),
    Statement("self.items[0] += self.step({k})", 2, 4),
    Statement("if self.items:\n    self.step(0)\n    x += self.items.pop()", 2, 5),
    Statement("y = self.node\ny.value = self.step(y.value)", 2, 4),
    Statement("self.node = Node(self.step({k}), self.node)", 4, 5),
    Statement("if self.late is None:\n    self.late = Node(self.step(self.made))\n    x += 1", 3, 6),
    Statement("if not self.flag:\n    self.step(0)\n    self.flag = True\n    self.a += 1", 2, 5),
    Statement("if 1 in self.set:\n    self.step(0)\n    self.set.remove(1)", 2, 5),
    Statement("if not self.event.is_set():\n    self.event.set()\n    x += 1", 4, 6),
    Statement("if self.permits.acquire(False):\n    x += 1\n    self.permits.release()", 4, 6),
    Statement("x += self.queue.qsize()\nself.queue.put_nowait(x)", 4, 6),
)
"""Looks, and writes after a place where a switch can happen."""
PLAIN: Final = (
    Statement("self.a += 1", 1, 2),
    Statement("self.a = self.b + {k}", 1, 2),
    Statement("self.b = self.a", 1, 2),
    Statement("x += self.peek()", 2, 2),
    Statement("x += self.size", 2, 3),
    Statement("self.items.append({k})", 1, 2),
    Statement("x += sum(self.items)", 1, 4),
    Statement("x += len(self.items[1:])", 1, 3),
    Statement("self.items[:1] = [{k}]", 1, 2),
    Statement("del self.items[1:]", 1, 2),
    Statement("x += sum([one for one in self.items])", 3, 6),
    Statement("self.row.appendleft({k})", 1, 2),
    Statement("if self.row:\n    x += self.row.popleft()", 1, 4),
    Statement("self.row.rotate(1)", 1, 2),
    Statement("self.map['{key}'] = {k}", 1, 2),
    Statement("self.map.setdefault('{key}', {k})", 1, 2),
    Statement("self.map.pop('{key}', None)", 1, 2),
    Statement("x += len(self.map)", 1, 2),
    Statement("for one in self.map.values():\n    x += one", 3, 5),
    Statement("self.map |= {'{key}': {k}}", 1, 3),
    Statement("self.counts['{key}'] += 1", 1, 4),
    Statement("self.set.add({k})", 1, 2),
    Statement("self.set ^= {1, 2}", 1, 3),
    Statement("self.node.value += 1", 1, 3),
    Statement("self.flag = not self.flag", 1, 2),
    Statement("total += 1", 1, 2),
    Statement("x += total", 1, 1),
    Statement("table['{key}'] = x", 1, 1),
    Statement("x += self.made", 1, 1),
    Statement("self.made += 1", 1, 2),
    Statement("self.shared.append({k})", 1, 2),
    Statement("x += sum(self.each())", 4, 10),
    Statement("x += max(self.a, self.b)", 1, 2),
    Statement("try:\n    x += self.map['{key}']\nexcept KeyError:\n    x += 7", 1, 2),
    Statement("self.event.set()", 2, 3),
    Statement("self.event.clear()", 2, 3),
    Statement("x += self.event.is_set()", 2, 3),
    Statement("self.queue.put({k})", 2, 3),
    Statement("try:\n    x += self.queue.get_nowait()\nexcept queue.Empty:\n    x += 3", 3, 4),
    Statement("x += self.lock.locked()", 2, 3),
    Statement("self.permits.release()", 2, 3),
)
"""One access, or two in one step."""
WAITS: Final = (
    Statement("self.event.wait()", 2, 3),
    Statement("x += self.event.wait(1)", 2, 3),
    Statement("x += self.queue.get()", 2, 3),
    Statement("try:\n    self.queue.put({k}, timeout=1)\nexcept queue.Full:\n    x += 9", 2, 3),
    Statement("self.permits.acquire()\nself.permits.release()", 4, 6),
    Statement("time.sleep(0.1)", 2, 2),
    Statement("x += int(time.monotonic()) % 7", 1, 1),
    Statement("with self.changed:\n    self.flag = True\n    self.changed.notify()", 3, 5),
    Statement("with self.changed:\n    while not self.flag:\n        self.changed.wait()\n    x += 1", 5, 8),
    Statement("with self.changed:\n    if not self.flag:\n        x += self.changed.wait(1)", 5, 7),
    Statement("with self.under:\n    self.under.notify_all()\n    self.a += 1", 4, 6),
    Statement("with self.other:\n    with self.other:\n        self.a += 1", 3, 5),
    Statement("thread = threading.Thread(target=self.grow)\nthread.start()\nthread.join()", 6, 8),
)
"""May wait, or lets time pass."""
