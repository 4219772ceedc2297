-- An attempt failed: try again after twice the wait, or make the record a dead letter after the last attempt.
-- No row if it is not queued.
-- IS TRUE hides the condition from the partial indexes: with old statistics PostgreSQL takes one of them for shorter
-- than the primary key, and reads the whole queue for each record.
WITH failed AS (
    UPDATE {sessions}
    SET attempts = attempts + 1,
        waiting_since = CASE WHEN attempts + 1 < :most THEN waiting_since END,
        due = CASE WHEN attempts + 1 < :most THEN now() + make_interval(secs => :backoff * power(2, attempts)) END
    WHERE session_id = :id AND (deleted AND due IS NOT NULL) IS TRUE
    RETURNING session_id, attempts, due IS NULL AS dead
), letter AS (
    INSERT INTO {dead_letters} (session_id, attempts, since) SELECT session_id, attempts, now() FROM failed WHERE dead
)
UPDATE {counters} AS counter
SET failed = counter.failed + number.failed, queued = counter.queued - number.dead, dead = counter.dead + number.dead
FROM (SELECT count(*) AS failed, count(*) FILTER (WHERE dead) AS dead FROM failed) AS number
WHERE counter.slot = {slot} AND number.failed > 0
RETURNING number.dead
