-- Close sessions whose time is up, at most so many. One that another worker holds is left to it.
WITH past AS (
    SELECT session_id FROM {sessions} WHERE NOT deleted AND expires <= now()
    ORDER BY expires LIMIT :most FOR UPDATE SKIP LOCKED
), closed AS (
    UPDATE {sessions} AS session SET deleted = true, waiting_since = now(), due = now()
    FROM past WHERE session.session_id = past.session_id
    RETURNING session.session_id
)
UPDATE {counters} AS counter SET open = counter.open - number.closed, queued = counter.queued + number.closed
FROM (SELECT count(*) AS closed FROM closed) AS number
WHERE counter.slot = {slot} AND number.closed > 0
RETURNING number.closed
