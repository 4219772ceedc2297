-- Queue a dead letter again, with all its attempts left. No row if there is no such dead letter.
WITH letter AS (
    DELETE FROM {dead_letters} WHERE session_id = :id RETURNING session_id
), queued AS (
    UPDATE {sessions} AS session SET waiting_since = now(), due = now(), attempts = 0
    FROM letter WHERE session.session_id = letter.session_id
    RETURNING session.session_id
)
UPDATE {counters} AS counter SET queued = counter.queued + number.queued, dead = counter.dead - number.queued
FROM (SELECT count(*) AS queued FROM queued) AS number
WHERE counter.slot = {slot} AND number.queued > 0
RETURNING number.queued
