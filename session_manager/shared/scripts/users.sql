-- The open sessions of a user.
SELECT session_id FROM {sessions} WHERE user_id = :user_id AND NOT deleted AND expires > now() ORDER BY login_time
