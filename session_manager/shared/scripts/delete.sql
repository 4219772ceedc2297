-- Close a session: its record waits for cleanup, and the counters say so, in one statement. No row if it is gone.
WITH closed AS (
    UPDATE {sessions} SET deleted = true, waiting_since = now(), due = now()
    WHERE session_id = :id AND NOT deleted AND expires > now()
    RETURNING session_id
)
UPDATE {counters} AS counter SET open = counter.open - number.closed, queued = counter.queued + number.closed
FROM (SELECT count(*) AS closed FROM closed) AS number
WHERE counter.slot = {slot} AND number.closed > 0
RETURNING number.closed
