-- Count one access. No row if the session is gone.
UPDATE {sessions} SET access_count = access_count + 1, last_activity = :now
WHERE session_id = :id AND NOT deleted AND expires > now()
RETURNING access_count
