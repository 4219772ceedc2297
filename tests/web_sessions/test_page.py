"""docs/sessions.md: its example runs, and its table of settings is complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from session_manager.web import Session
from session_manager.web.session_settings import DEFAULTS

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "sessions.md").read_text(encoding="utf-8")


def test_the_example_runs() -> None:
    """With a store in memory in place of Redis, it counts the visits of each browser."""
    example = PAGE.partition("```python\n")[2].partition("```")[0]
    url = "redis://127.0.0.1:6379/0"
    assert url in example
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example.replace(url, "memory:"), "docs/sessions.md", "exec"), names)
    client = names["app"].test_client()
    assert [client.get("/").text for _ in range(2)] == ["visit 1", "visit 2"]
    assert names["app"].test_client().get("/").text == "visit 1"
    Session.stop(names["app"])


def test_every_setting_is_in_the_table_with_its_default() -> None:
    """And no other one that begins with SESSION_ and is not Flask's."""
    rows = dict(re.findall(r"^\| `(SESSION_\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE))
    shown = {name: text.strip().strip("`").replace(",", "") for name, text in rows.items() if "Flask" not in text}
    del shown["SESSION_STORE"]
    assert shown == {
        name: f'"{value}"' if isinstance(value, str) else str(value)
        for name, value in DEFAULTS.items()
        if name != "SESSION_STORE"
    }
