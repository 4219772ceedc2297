-- Close a session as `delete.sql` does, and return its last data. No row if it is gone.
WITH closed AS (
    UPDATE {sessions} SET deleted = true, waiting_since = now(), due = now()
    WHERE session_id = :id AND NOT deleted AND expires > now()
    RETURNING {columns}
), counted AS (
    UPDATE {counters} AS counter SET open = counter.open - number.closed, queued = counter.queued + number.closed
    FROM (SELECT count(*) AS closed FROM closed) AS number
    WHERE counter.slot = {slot} AND number.closed > 0
)
SELECT {columns} FROM closed
