-- Remove a key, renew the expiry, and return the key's text; NULL if the key is missing, which changes nothing.
-- No row if the session is gone.
WITH held AS MATERIALIZED (
    SELECT session_id, metadata ->> CAST(:key AS text) AS text FROM {sessions}
    WHERE session_id = :id AND NOT deleted AND expires > now()
    FOR UPDATE
), done AS (
    UPDATE {sessions} AS session
    SET metadata = metadata - CAST(:key AS text), version = version + 1, last_activity = :now,
        expires = now() + make_interval(secs => :lifetime)
    FROM held
    WHERE session.session_id = held.session_id AND held.text IS NOT NULL
)
SELECT text FROM held
