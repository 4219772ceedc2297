"""The routes of `lab.py check URL` for FastAPI: `app.include_router(race)`. For a test server, not for users.

They need a session middleware, such as `app.add_middleware(SessionMiddleware, secret_key=...)` of Starlette.
"""

import asyncio
import os
from typing import Any

from fastapi import APIRouter, Request

race = APIRouter()


@race.api_route("/race/{step}", methods=["GET", "POST"])
async def view(request: Request, step: str, key: str = "", value: str = "", hold: int = 0) -> dict[str, Any]:
    seen = dict(request.session)  # read first, then do the work of a real view, then write
    await asyncio.sleep(min(hold, 1000) / 1000)
    n, keys = seen.get("n", 0), {}
    if step == "set":
        request.session[key] = value
    elif step == "count":
        request.session["n"] = n = n + 1
    elif step == "read":
        keys = {name: text for name, text in seen.items() if isinstance(text, str)}
    elif step == "logout":
        request.session.clear()  # or what your app does at a logout
    return {"n": n, "keys": keys, "worker": os.getpid()}
