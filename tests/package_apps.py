"""Apps of a user of the installed package."""

from __future__ import annotations

APPS = {
    "SessionManagers": """
        from flask import Flask
        from session_manager import SessionManagers

        app = Flask("mine")
        app.config["SESSION_MANAGER_DATABASE"] = "memory://"
        SessionManagers(app)
        client = app.test_client()
        made = client.post("/fixed/api/login", json={"username": "ada", "password": "x"}).get_json()
        print(client.get(f"/fixed/api/session/{made['session_id']}").get_json()["username"])
        app.extensions["session_manager"].stop()
    """,
    "Session": """
        from flask import Flask, session
        from session_manager.web import Session

        app = Flask("mine")
        app.config["SESSION_STORE"] = "memory:"
        Session(app)

        @app.post("/login/<name>")
        def login(name):
            session["name"] = name
            return ""

        @app.get("/")
        def page():
            return session["name"]

        client = app.test_client()
        client.post("/login/ada")
        print(client.get("/").text)
    """,
}
"""Apps of a user: each has one extension of the package, and prints `ada` out of a session."""
