-- An open session, and how many seconds ago its expiry was renewed by a read.
SELECT {columns}, extract(epoch FROM now() - refreshed) AS age
FROM {sessions} WHERE session_id = :id AND NOT deleted AND expires > now()
