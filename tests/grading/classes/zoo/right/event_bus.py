"""Publish and subscribe. Subscribers are a tuple that is replaced, never changed."""

import threading
from typing import Any, Callable

Handler = Callable[[Any], None]


class EventBus:
    def __init__(self) -> None:
        self._handlers: tuple[Handler, ...] = ()
        self._write = threading.Lock()
        self._log: list[str] = []

    def subscribe(self, handler: Handler) -> Callable[[], None]:
        with self._write:
            self._handlers = (*self._handlers, handler)

        def unsubscribe() -> None:
            with self._write:
                self._handlers = tuple(h for h in self._handlers if h is not handler)

        return unsubscribe

    def publish(self, event: Any) -> int:
        handlers = self._handlers
        for handler in handlers:
            handler(event)
        return len(handlers)

    def attach_log(self) -> None:
        self.subscribe(self._log.append)

    @property
    def log(self) -> list[str]:
        return sorted(self._log)
