-- Set one key, count one access, renew the expiry. No row if the session is gone, or has too many keys for another one.
UPDATE {sessions}
SET metadata = metadata || jsonb_build_object(CAST(:key AS text), CAST(:value AS text)),
    access_count = access_count + 1, version = version + 1, last_activity = :now,
    expires = now() + make_interval(secs => :lifetime)
WHERE session_id = :id AND NOT deleted AND expires > now()
    AND (metadata ? CAST(:key AS text) OR (SELECT count(*) FROM jsonb_object_keys(metadata)) < :most)
RETURNING version
