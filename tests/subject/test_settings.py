"""The extension's settings: each is checked, and a slip of the pen is an error with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from session_manager.web.settings import DEFAULTS, PREFIX, read_settings
from tests.subject.apps import Maker
from tests.subject.cases import Cases


def test_the_defaults_are_settings_that_pass() -> None:
    """And every one of them can be set."""
    assert read_settings({}) == DEFAULTS
    assert read_settings({PREFIX + name: value for name, value in DEFAULTS.items()}) == DEFAULTS
    assert read_settings({"SECRET_KEY": "x", "OTHER_SETTING": 1}) == DEFAULTS


BAD: dict[str, list[Any]] = {
    "VARIANTS": [(), [], ("buggy", "other"), "buggy", None, 5, [["buggy"]], ("fixed", "fixed", "buggy")],
    "DEFAULT": ["other", "", None, 1],
    "DATABASE": [
        "",
        "sessions.sqlite",
        None,
        5,
        Path("x"),
        "nosuchdatabase://here/there",
        "http://",
        "postgresql+psycopg://h:x/l",
    ],
    "REDIS": [
        *("", "redis://", "127.0.0.1:6379", "http://127.0.0.1", None, 6379),
        *("redis://h:abc", "redis://h:99999", "redis://[::1", "redis://h?foo=1", "redis://h/lab", "redis://h:1 0"),
    ],
    "POSTGRES": [
        *("", "postgresql+psycopg://", "sqlite:///x.sqlite", "postgresql://127.0.0.1/lab", None, 5432),
        *("postgresql+psycopg://h:abc/lab", "postgresql+psycopg://[::1/lab"),
    ],
    "PREFIX": ["", "Lab", "1lab", "a:b", "a{b", "a" * 33, None, 5],
    "SHARDS": [0, -1, 16_385, 1.5, "16", None, True],
    "LIFETIME": [0, -3600, 3599, 315_360_001, 10**18, 3600.5, "3600", None, True],
    "DB_LATENCY": [-0.001, "0.1", None, float("nan"), float("inf"), True],
    "CACHE_TTL": [-1, "60", None, float("nan"), float("inf"), True],
    "CLEANUP_INTERVAL": [0, 0.009, -1, "1", None, float("nan"), float("inf"), True],
    "MAX_SESSIONS": [0, -1, 1.5, "10", None, True],
    "WINDOW": [-0.001, "0", None, float("nan"), float("inf"), True],
    "FAULT_RATE": [-0.001, 1.001, "0", None, float("nan"), True],
    "SEED": [1.5, "7", True],
    "GLOBAL": [0, 1, "yes", None],
}


def test_every_setting_has_bad_values_to_be_tested_with() -> None:
    """A new setting cannot be forgotten here."""
    assert BAD.keys() == DEFAULTS.keys()


def test_a_bad_value_is_refused_with_a_sentence(make: Maker) -> None:
    """It names the setting, what it must be, and the value; and no app is made."""
    with Cases() as cases:
        for name, value in [(name, value) for name, values in BAD.items() for value in values]:
            with cases.case(name, repr(value)):
                with pytest.raises(ValueError, match=rf"^{PREFIX}{name} must be .*; got ") as error:
                    make(None, **{name: value})
                assert str(error.value).endswith(".")


def test_short_and_unusual_urls_of_an_engine_are_taken() -> None:
    """A URL is refused for what is wrong with it, and for nothing else."""
    with Cases() as cases:
        for url in (
            "redis://h",
            "redis://h/7",
            "rediss://u:p@h:1/2?ssl_cert_reqs=none",
            "unix:///s?db=2",
            "redis://?db=1",
        ):
            with cases.case(url):
                assert read_settings({PREFIX + "REDIS": url})["REDIS"] == url
        for url in ("postgresql+psycopg://h", "postgresql+psycopg:///lab?host=/tmp"):
            with cases.case(url):
                assert read_settings({PREFIX + "POSTGRES": url})["POSTGRES"] == url


def test_a_refused_url_does_not_show_its_password() -> None:
    """A slip in a URL must not write the password into a log."""
    with Cases() as cases:
        for name, url in (
            ("REDIS", "redi://user:secret@h"),
            ("REDIS", "redis:user:secret@h"),
            ("REDIS", "redis://user:sec/secret@h:abc"),
            ("POSTGRES", "postgresql://user:secret@h/lab"),
            ("POSTGRES", "postgres://h/lab?password=secret"),
            ("DATABASE", "nosuchdatabase://user:secret@h/lab"),
        ):
            with cases.case(name, url), pytest.raises(ValueError, match=f"{name} must be") as error:
                read_settings({PREFIX + name: url})
            assert "secret" not in str(error.value)


def test_an_unknown_setting_is_refused_and_the_known_are_listed() -> None:
    """A misspelt name does not leave a dial at its default without a word."""
    with Cases() as cases:
        for name in ("WINDOWS", "", "DATABASE_URL"):
            with cases.case(name):
                with pytest.raises(ValueError, match="Unknown setting") as error:
                    read_settings({PREFIX + name: 0})
                assert PREFIX + name in str(error.value)
                assert all(PREFIX + known in str(error.value) for known in DEFAULTS)


def test_the_default_must_be_among_the_variants(make: Maker) -> None:
    """With `fixed` alone, it has to be said that `fixed` answers."""
    with pytest.raises(ValueError, match="DEFAULT must be one of"):
        make(VARIANTS=["fixed"])
    assert list(make(VARIANTS=["fixed"], DEFAULT="fixed").managers) == ["fixed"]
