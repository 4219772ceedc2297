-- A read renews the expiry, and writes no data. No row if the session is gone.
UPDATE {sessions} SET refreshed = now(), expires = now() + make_interval(secs => :lifetime)
WHERE session_id = :id AND NOT deleted AND expires > now()
RETURNING {columns}
