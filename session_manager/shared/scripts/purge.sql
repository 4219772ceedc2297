-- Remove a dead letter and its record. No row if there is no such dead letter.
WITH letter AS (
    DELETE FROM {dead_letters} WHERE session_id = :id RETURNING session_id
), gone AS (
    DELETE FROM {sessions} AS session USING letter WHERE session.session_id = letter.session_id
    RETURNING session.session_id
)
UPDATE {counters} AS counter SET dead = counter.dead - number.gone
FROM (SELECT count(*) AS gone FROM gone) AS number
WHERE counter.slot = {slot} AND number.gone > 0
RETURNING number.gone
