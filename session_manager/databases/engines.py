"""How the databases are connected to: each statement is committed, and no silent server can stop the lab for ever."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

SECONDS = 10
"""How long a statement, or the wait for a connection, may take at a server."""
MOST_CONNECTIONS = 20
"""To a server, which has few to give. To a SQLite file there are as many as request threads."""


def engine_for(url: str | sa.URL, pooled: bool = True) -> sa.Engine:
    """The engine of a database.

    Args:
        url: of SQLAlchemy.
        pooled: whether its connections are kept for others, or each is closed when it is given back.
    """
    parsed = sa.make_url(url)
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
    if not pooled:
        options["poolclass"] = sa.NullPool
    elif parsed.get_backend_name() == "sqlite":
        options["pool_size"] = 0
    else:
        options |= {"pool_size": MOST_CONNECTIONS, "max_overflow": 0, "pool_timeout": SECONDS}
    if parsed.get_driver_name().startswith("psycopg"):
        # The second: what a caller who is cut off has locked is free again, although the server hears of no end.
        limits = f"-c statement_timeout={SECONDS}s -c idle_in_transaction_session_timeout={SECONDS}s"
        options["connect_args"] = {"client_encoding": "utf8", "connect_timeout": SECONDS // 2, "options": limits}
    return sa.create_engine(parsed, **options)
