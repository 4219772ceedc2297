// Classes to try: each is what somebody would write.

/** @type {Record<string, string>} */
export const EXAMPLES = {
  lost: `import threading


class Visits:
    """How often each page was seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def seen(self, page: str) -> int:
        with self._lock:
            count = self._counts.get(page, 0)
        count += 1
        with self._lock:
            self._counts[page] = count
        return count

    def total(self) -> int:
        with self._lock:
            return sum(self._counts.values())
`,
  store: `import secrets
import threading


class Sessions:
    """Sessions by their id; an update is made from a copy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._data: dict[str, dict[str, object]] = {}

    def create(self, user: str) -> str:
        sid = secrets.token_hex(4)
        with self._lock:
            self._data[sid] = {"user": user}
        return sid

    def get(self, sid: str) -> dict[str, object] | None:
        with self._lock:
            return self._data.get(sid)

    def update(self, sid: str, **values: object) -> None:
        found = self.get(sid)
        if found is None:
            raise KeyError(sid)
        with self._lock:
            self._data[sid] = {**found, **values}

    def delete(self, sid: str) -> None:
        with self._lock:
            self._data.pop(sid, None)
`,
  deadlock: `import threading


class Bank:
    """Two accounts, each with a lock of its own."""

    def __init__(self) -> None:
        self._locks = {"a": threading.Lock(), "b": threading.Lock()}
        self._money = {"a": 10, "b": 10}

    def transfer(self, source: str, target: str) -> None:
        if source == target:
            return
        with self._locks[source]:
            with self._locks[target]:
                self._money[source] -= 1
                self._money[target] += 1
`,
  right: `import threading


class Visits:
    """How often each page was seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def seen(self, page: str) -> int:
        with self._lock:
            self._counts[page] = self._counts.get(page, 0) + 1
            return self._counts[page]

    def total(self) -> int:
        with self._lock:
            return sum(self._counts.values())
`,
  unknown: `import ctypes


class Counter:
    """A number in memory that C sees too."""

    def __init__(self) -> None:
        self._number = ctypes.c_int(0)

    def add(self) -> int:
        self._number.value += 1
        return self._number.value
`,
};
