-- Withdraw the trust in a session. No row if it is gone.
UPDATE {sessions} SET is_authenticated = false, version = version + 1
WHERE session_id = :id AND NOT deleted AND expires > now()
RETURNING version
