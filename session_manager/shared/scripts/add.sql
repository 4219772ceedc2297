-- Add to the number of a key, 0 if it is missing, and renew the expiry. No row if the session is gone.
-- Returns the sum, NULL if the key has no whole number of 64 bits or would have none, and whether there is no room for
-- the key.
WITH held AS MATERIALIZED (
    SELECT session_id, metadata ->> CAST(:key AS text) AS text,
        NOT metadata ? CAST(:key AS text) AND (SELECT count(*) FROM jsonb_object_keys(metadata)) >= :most AS crowded
    FROM {sessions}
    WHERE session_id = :id AND NOT deleted AND expires > now()
    FOR UPDATE
), known AS MATERIALIZED (
    SELECT session_id, crowded,
        CASE WHEN text IS NULL THEN 0 WHEN text ~ '^(0|-?[1-9][0-9]{{0,18}})$' THEN CAST(text AS numeric) END AS number
    FROM held
), judged AS MATERIALIZED (
    SELECT session_id, crowded,
        CASE WHEN number BETWEEN -9223372036854775808 AND 9223372036854775807
              AND number + :amount BETWEEN -9223372036854775808 AND 9223372036854775807
             THEN CAST(number + :amount AS bigint) END AS sum
    FROM known
), done AS (
    UPDATE {sessions} AS session
    SET metadata = metadata || jsonb_build_object(CAST(:key AS text), CAST(judged.sum AS text)),
        version = version + 1, last_activity = :now, expires = now() + make_interval(secs => :lifetime)
    FROM judged
    WHERE session.session_id = judged.session_id AND judged.sum IS NOT NULL AND NOT judged.crowded
)
SELECT sum, crowded FROM judged
