-- The dead letters, oldest first.
SELECT session_id, attempts, since FROM {dead_letters} ORDER BY since, session_id
