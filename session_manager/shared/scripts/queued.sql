-- The records that wait for cleanup, oldest first.
SELECT session_id FROM {sessions} WHERE deleted AND waiting_since IS NOT NULL ORDER BY waiting_since, session_id
