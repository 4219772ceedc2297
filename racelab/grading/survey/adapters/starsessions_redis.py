"""starsessions over Redis, under FastAPI."""

import os
from typing import Any

from fastapi import FastAPI
from fastapi_routes import race
from redis.asyncio import Redis
from starsessions import SessionAutoloadMiddleware, SessionMiddleware
from starsessions.stores.redis import RedisStore

redis = Redis.from_url(os.environ["RACE_REDIS"])
LIFETIME = int(os.environ.get("RACE_LIFETIME", "0"))  # 0, the default: as long as the browser is open
app = FastAPI()
app.add_middleware(SessionAutoloadMiddleware)
app.add_middleware(SessionMiddleware, store=RedisStore(connection=redis), lifetime=LIFETIME)


@app.get("/race/rows")
async def rows() -> dict[str, Any]:
    """Answer `/race/rows`."""
    return {"rows": await redis.dbsize(), "lifetime": LIFETIME or None}


app.include_router(race)
