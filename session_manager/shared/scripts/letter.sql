-- Whether that is a dead letter.
SELECT session_id FROM {dead_letters} WHERE session_id = :id
