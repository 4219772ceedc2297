-- Change several keys of a session, all or none, and renew its expiry. No row if it is gone.
-- The row is locked first, so the answer is about what was changed or was not, and about nothing later.
-- Returns the place of the first key that somebody else has changed, and whether there would be too many keys.
WITH held AS MATERIALIZED (
    SELECT session_id, metadata FROM {sessions}
    WHERE session_id = :id AND NOT deleted AND expires > now()
    FOR UPDATE
), wanted AS MATERIALIZED (
    SELECT session_id, (metadata - CAST(:removed AS text[])) || CAST(:values AS jsonb) AS metadata,
        (SELECT min(place) FROM unnest(CAST(:read AS text[]), CAST(:texts AS text[])) WITH ORDINALITY
             AS known (key, text, place)
         WHERE held.metadata ->> known.key IS DISTINCT FROM known.text) AS changed
    FROM held
), judged AS MATERIALIZED (
    SELECT session_id, metadata, changed,
        (SELECT count(*) FROM jsonb_object_keys(metadata)) > :most AS crowded
    FROM wanted
), done AS (
    UPDATE {sessions} AS session
    SET metadata = judged.metadata, version = version + 1, last_activity = :now,
        expires = now() + make_interval(secs => :lifetime)
    FROM judged
    WHERE session.session_id = judged.session_id AND judged.changed IS NULL AND NOT judged.crowded
)
SELECT changed, crowded FROM judged
