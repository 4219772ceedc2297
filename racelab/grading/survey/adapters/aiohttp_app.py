"""aiohttp-session over Redis, with the routes of `lab.py check URL` written for aiohttp."""

import asyncio
import os
import socket
from typing import Any

import aiohttp_session
from aiohttp import web
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis

redis = Redis.from_url(os.environ["RACE_REDIS"])
LIFETIME = int(os.environ["RACE_LIFETIME"]) if "RACE_LIFETIME" in os.environ else None


async def view(request: web.Request) -> web.Response:
    """Read the session, wait, and write."""
    session = await aiohttp_session.get_session(request)
    seen: dict[str, Any] = dict(session)
    await asyncio.sleep(min(int(request.query.get("hold", 0)), 1000) / 1000)
    n, keys, step = seen.get("n", 0), {}, request.match_info["step"]
    if step == "set":
        session[request.query["key"]] = request.query["value"]
    elif step == "count":
        session["n"] = n = n + 1
    elif step == "read":
        keys = {key: value for key, value in seen.items() if isinstance(value, str)}
    elif step == "logout":
        session.invalidate()
    return web.json_response({"n": n, "keys": keys, "worker": os.getpid()})


async def rows(_: web.Request) -> web.Response:
    """Answer `/race/rows`."""
    return web.json_response({"rows": await redis.dbsize(), "lifetime": LIFETIME})


app = web.Application()
aiohttp_session.setup(app, RedisStorage(redis, max_age=LIFETIME))
app.router.add_get("/race/rows", rows)
app.router.add_route("*", "/race/{step}", view)

if __name__ == "__main__":
    web.run_app(app, sock=socket.socket(fileno=int(os.environ["RACE_FD"])), print=None)
