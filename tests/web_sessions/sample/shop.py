"""A small shop, as an app that uses Flask-Session has it: login, basket, messages and preferences in the session."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, get_flashed_messages, jsonify, redirect, request, session, url_for
from werkzeug.wrappers import Response

shop = Blueprint("shop", __name__)

PRICES = {"tea": 450, "cup": 900, "pot": 2600}
PASSWORDS = {"ann": "secret-of-ann", "bob": "secret-of-bob"}


@shop.get("/")
def home() -> Any:
    """What a page would show."""
    basket = session.get("basket", {})
    return jsonify(
        user=session.get("user"),
        basket=basket,
        total=sum(PRICES[item] * number for item, number in basket.items()),
        theme=session.get("theme", "light"),
        messages=get_flashed_messages(with_categories=True),
    )


@shop.get("/about")
def about() -> str:
    """A page that is the same for all."""
    return "We sell tea."


@shop.post("/login")
def login() -> Response:
    """Log in. A new session, which keeps the basket."""
    name = request.form["name"]
    if PASSWORDS.get(name) != request.form["password"]:
        flash("That is not the password.", "error")
        return redirect(url_for("shop.home"))
    basket = session.get("basket", {})
    session.clear()
    session["user"] = name
    session["basket"] = basket
    session.permanent = "remember" in request.form
    flash(f"Welcome, {name}.")
    return redirect(url_for("shop.home"))


@shop.post("/logout")
def logout() -> Response:
    """Log out. Nothing is left of the session."""
    session.clear()
    return redirect(url_for("shop.home"))


@shop.post("/basket/<item>")
def put_in(item: str) -> Response:
    """One more of an item."""
    if item not in PRICES:
        abort(404)
    if "basket" not in session:
        session["basket"] = {}
    session["basket"][item] = session["basket"].get(item, 0) + 1
    session.modified = True
    flash(f"One {item} more.")
    return redirect(url_for("shop.home"))


@shop.post("/basket/<item>/remove")
def take_out(item: str) -> Response:
    """None of an item any more."""
    basket = session.get("basket", {})
    if basket.pop(item, None) is None:
        abort(404)
    session["basket"] = basket
    return redirect(url_for("shop.home"))


@shop.post("/preferences")
def prefer() -> Response:
    """How the pages look."""
    session["theme"] = request.form["theme"]
    return redirect(url_for("shop.home"))


@shop.post("/orders")
def order() -> Response:
    """Buy what is in the basket."""
    if "user" not in session:
        flash("Log in first.", "error")
        return redirect(url_for("shop.home"))
    if not session.get("basket"):
        abort(400)
    del session["basket"]
    flash("Thank you.")
    return redirect(url_for("shop.home"))
