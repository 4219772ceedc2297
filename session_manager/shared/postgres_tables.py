"""The tables of a PostgreSQL variant, and a session as a row.

A session and the record that cleanup removes are one row, so no two places can disagree about it. The counts are kept
beside the rows, by the same statements that change them: each is exact and costs the same at any size. They are spread
over a few rows, their *slots*, because a single one would make every login and logout of the site wait for the last.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, dialect, insert

from ..model import SessionData

SLOTS = 16
SLOT = f"pg_backend_pid() % {SLOTS}"
"""The one that a statement changes. It is locked after the session, so no two statements wait for each other; and two
connections rarely share one, so logins do not queue for it."""
TIME = sa.TIMESTAMP(timezone=True)
FIELDS = (
    "session_id",
    "user_id",
    "username",
    "login_time",
    "last_activity",
    "access_count",
    "is_authenticated",
    "metadata",
    "version",
)


class Tables:
    """The tables of one variant.

    Args:
        prefix: before the name of each; what no plain name may have becomes an underscore.
    """

    def __init__(self, prefix: str) -> None:
        plain = re.sub(r"\W", "_", prefix)
        self.metadata = sa.MetaData()
        # A page with room left takes a new version of a row: counting an access then changes no index.
        self.sessions = sa.Table(
            f"{plain}_sessions",
            self.metadata,
            sa.Column("session_id", sa.Text, primary_key=True),
            sa.Column("user_id", sa.Text, nullable=False),
            sa.Column("username", sa.Text, nullable=False),
            sa.Column("login_time", TIME, nullable=False),
            sa.Column("last_activity", TIME, nullable=False),
            _count("access_count"),
            sa.Column("is_authenticated", sa.Boolean, server_default=sa.true(), nullable=False),
            sa.Column("metadata", JSONB, server_default=sa.text("'{}'"), nullable=False),
            sa.Column("version", sa.BigInteger, server_default=sa.text("1"), nullable=False),
            sa.Column("refreshed", TIME, server_default=sa.func.now(), nullable=False),
            sa.Column("expires", TIME, nullable=False),
            sa.Column("deleted", sa.Boolean, server_default=sa.false(), nullable=False),
            sa.Column("waiting_since", TIME),
            sa.Column("due", TIME),
            _count("attempts"),
            sa.Index(f"{plain}_by_user", "user_id", postgresql_where=sa.text("NOT deleted")),
            sa.Index(f"{plain}_by_expiry", "expires", postgresql_where=sa.text("NOT deleted")),
            sa.Index(f"{plain}_by_due", "due", postgresql_where=sa.text("deleted")),
            sa.Index(f"{plain}_by_wait", "waiting_since", postgresql_where=sa.text("deleted")),
            postgresql_with={"fillfactor": 80},
        )
        self.dead_letters = sa.Table(
            f"{plain}_dead_letters",
            self.metadata,
            sa.Column("session_id", sa.Text, primary_key=True),
            _count("attempts"),
            sa.Column("since", TIME, nullable=False),
        )
        counts = ("open", "queued", "dead", "total", "failed")
        self.counters = sa.Table(
            f"{plain}_counters",
            self.metadata,
            sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
            *(_count(name) for name in counts),
            postgresql_with={"fillfactor": 10},
        )

    def statement(self, text: str) -> sa.TextClause:
        """A statement of `scripts/` for these tables."""
        names = {key: f'"{getattr(self, key).name}"' for key in ("sessions", "dead_letters", "counters")}
        return sa.text(text.format(columns=", ".join(FIELDS), slot=SLOT, **names))

    def create(self, connection: sa.Connection) -> None:
        """Make those that are not there. The connection is in a transaction, and alone with it."""
        self.metadata.create_all(connection)
        slots = sa.select(sa.func.generate_series(0, SLOTS - 1))
        given = insert(self.counters).from_select(["slot"], slots)
        connection.execute(given.on_conflict_do_nothing())

    def differences(self, connection: sa.Connection) -> list[str]:
        """Which of them have other columns than ours."""
        found = sa.inspect(connection)
        return [
            table.name
            for table in self.metadata.sorted_tables
            if {(column["name"], _kind(column["type"])) for column in found.get_columns(table.name)}
            != {(column.name, _kind(column.type)) for column in table.columns}
        ]


def session_of(row: sa.Row[Any]) -> SessionData:
    """The session that such a row holds."""
    values = {name: row._mapping[name] for name in FIELDS if name != "version"}
    for time in ("login_time", "last_activity"):
        values[time] = values[time].astimezone(UTC)
    return SessionData(**values)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, server_default=sa.text("0"), nullable=False)


def _kind(column_type: sa.types.TypeEngine[Any]) -> str:
    return str(column_type.compile(dialect()))  # type: ignore[no-untyped-call]
