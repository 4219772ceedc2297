-- The records.
SELECT session_id FROM {sessions}
