"""Classes that hand something out, and take it where it is not seen at once; each has a race for it."""

from __future__ import annotations

from typing import Final

HEAD = '''
import threading


class Kept:
    """Rows by what was handed out; what is read is written back later."""

    def __init__(self):
        self._rows = {}
        self._lock = threading.RLock()

    def _row(self, key):
        with self._lock:
            return self._rows[key]

    def _new(self, row):
        with self._lock:
            key = f"r{len(self._rows)}"
            self._rows[key] = row
            return key
'''
AS_NEW = f"""{HEAD}
    def add_task(self):
        return self._new(0)

    def run_task(self, task_id):
        times = self._row(task_id)
        with self._lock:
            self._rows[task_id] = times + 1

    def times(self, task_id):
        return self._rows.get(task_id, 0)
"""
OTHER_NAME = AS_NEW.replace("def times(self, task_id):\n        return self._rows.get(task_id", (
    "def times(self, number):\n        return self._rows.get(number"
))  # fmt: skip
MADE_IF_MISSING = f"""{HEAD}
    def create(self, user):
        return self._new({{"user": user}})

    def read(self, sid):
        return self._rows.get(sid)

    def touch(self, sid):
        row = self.read(sid) or {{}}
        with self._lock:
            self._rows[sid] = {{**row, "seen": 1}}

    def delete(self, sid):
        with self._lock:
            return self._rows.pop(sid, None) is not None
"""
NOT_NEEDED = f"""{HEAD}
    def create(self, parent=None):
        with self._lock:
            if parent is not None and parent not in self._rows:
                raise KeyError(parent)
            return self._new(parent)

    def remove(self, node):
        used = node in self._parents()
        with self._lock:
            if used:
                raise ValueError("has children")
            del self._rows[node]

    def _parents(self):
        with self._lock:
            return list(self._rows.values())
"""
LAST = f"""{HEAD}
    def create(self):
        return self._new({{}})

    def tag(self, key, value, *, doc):
        row = self._row(doc)
        with self._lock:
            self._rows[doc] = {{**row, key: value}}

    def tags(self, doc):
        return dict(self._row(doc))
"""
INSIDE = f"""{HEAD}
    def create(self):
        return {{"id": self._new(0), "ok": True}}

    def count(self, id):
        before = self._row(id)
        with self._lock:
            self._rows[id] = before + 1

    def counted(self, id):
        return self._row(id)
"""
TWO_KINDS = f"""{HEAD}
    def register(self, name):
        return self._new([name, 0])

    def login(self, uid):
        with self._lock:
            self._row(uid)
            return self._new(uid)

    def touch(self, sid):
        user = self._row(self._row(sid))
        seen = self._seen(user)
        with self._lock:
            user[1] = seen + 1

    def _seen(self, user):
        with self._lock:
            return user[1]

    def logins(self, uid):
        return self._row(uid)[1]
"""
BOTH: Final = f"""{HEAD}
    def add_user(self, name):
        return "u" + self._new(name)

    def add_group(self, name):
        return self._new(())

    def join(self, user, group):
        if user[1:] not in self._rows:
            raise KeyError(user)
        members = self._row(group)
        with self._lock:
            self._rows[group] = (*members, user)

    def members(self, group):
        return tuple(self._row(group))
"""
PUT_FIRST: Final = f"""{HEAD}
    def send(self, message):
        with self._lock:
            self._rows[f"w{{len(self._rows)}}"] = message

    def receive(self):
        with self._lock:
            waiting = [key for key in self._rows if key.startswith("w")]
            if not waiting:
                return None
            message = self._rows.pop(waiting[0])
            return self._new(message), message

    def finish(self, receipt):
        if receipt not in self._out():
            return False
        with self._lock:
            self._rows.pop(receipt, None)
        return True

    def _out(self):
        with self._lock:
            return list(self._rows)
"""
OF_OBJECT: Final = AS_NEW.replace("\n\nclass Kept", """

class Task:
    def __init__(self, id, title):
        self.id, self.title = id, title


class Kept""").replace("def add_task(self):\n        return self._new(0)", (
    "def add_task(self, title):\n        return Task(self._new(0), title)"
))  # fmt: skip
TAKERS: Final[dict[str, tuple[str, tuple[str, ...], set[str]]]] = {
    "an unknown id is as good as new": (AS_NEW, ("task_id = it.add_task()",), {"it.times(task_id)"}),
    "and is called otherwise": (OTHER_NAME, ("task_id = it.add_task()",), {"it.times(task_id)"}),
    "made if missing": (MADE_IF_MISSING, ('sid = it.create("a")',), {"it.touch(sid)", 'it.touch("a")', 'it.read("a")'}),
    "not needed": (NOT_NEEDED, ("node = it.create()",), {"it.create(parent=node)", "it.create()"}),
    "last, by its name": (LAST, ("doc = it.create()",), {'it.tag("a", 1, doc=doc)', 'it.tag("b", 1, doc=doc)'}),
    "inside of an answer": (INSIDE, ("the_id = it.create()['id']",), {"it.count(the_id)"}),
    "of an object": (OF_OBJECT, ("task_id = it.add_task(1).id",), {"it.run_task(task_id)", "it.times(task_id)"}),
    "put first": (PUT_FIRST, ("before = it.send(1)", "receipt = it.receive()[0]"), {"it.finish(receipt)"}),
    "two kinds": (TWO_KINDS, ('uid = it.register("a")', "sid = it.login(uid)"), {"it.touch(sid)", "it.logins(uid)"}),
    "both at once": (BOTH, ('group = it.add_group("a")', 'user = it.add_user("a")'), {"it.join(user, group)"}),
}
"""Each with what comes before the threads, and some of the calls that are made."""
