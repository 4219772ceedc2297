"""Dictionaries in a session keep their keys and their order."""

from __future__ import annotations

from typing import Any

import pytest
from flask import session
from flask.testing import FlaskClient

from tests.web_sessions.sites import Site


@pytest.mark.parametrize(
    "value",
    [
        {7: 1, 3: 2},
        {7: {"tea": (1, 2)}, "seven": [{1: {2: 3}}]},
        {(1, 2): "pair", None: "none", True: "true", 1.5: "float"},
        {" k": [[1, 2]]},
        {" k__": 1},
        {"b": 1, "a": 2, "c": {"z": 1, "y": 2}},
    ],
)
def test_a_dictionary_keeps_its_keys(value: dict[Any, Any], site: Site, client: FlaskClient) -> None:
    """Keys that are not text, and text that looks like the tag of such a dictionary, come back in their order."""
    site.visit(client, lambda: session.update(value=value))
    back: list[Any] = []
    site.visit(client, lambda: back.append(session["value"]))
    assert repr(back) == repr([value])


def test_a_dictionary_with_numbers_as_keys_is_only_sent_when_it_changes(site: Site, client: FlaskClient) -> None:
    """A read of a basket by article number is no change, and one article more is one."""
    site.visit(client, lambda: session.update(basket={7: 1}))
    watched = site.watch()
    site.visit(client, lambda: str(session["basket"][7]))
    assert "change_session" not in watched.names()
    site.visit(client, lambda: session["basket"].update({8: 2}))
    assert "change_session" in watched.names()
    back: list[Any] = []
    site.visit(client, lambda: back.append(session["basket"]))
    assert back == [{7: 1, 8: 2}]
