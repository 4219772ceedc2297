-- Lend out records that are due. Each stays queued, and is due again when its lease has run out unfinished.
WITH ripe AS (
    SELECT session_id FROM {sessions} WHERE deleted AND due <= now()
    ORDER BY due LIMIT :most FOR UPDATE SKIP LOCKED
)
UPDATE {sessions} AS session SET due = now() + make_interval(secs => :lease)
FROM ripe WHERE session.session_id = ripe.session_id
RETURNING session.session_id
