-- Open a session, and count it, in one statement.
WITH opened AS (
    INSERT INTO {sessions} (session_id, user_id, username, login_time, last_activity, expires)
    VALUES (:id, :user_id, :username, :now, :now, now() + make_interval(secs => :lifetime))
    RETURNING session_id
)
UPDATE {counters} AS counter SET open = counter.open + number.opened, total = counter.total + number.opened
FROM (SELECT count(*) AS opened FROM opened) AS number
WHERE counter.slot = {slot}
RETURNING counter.slot
