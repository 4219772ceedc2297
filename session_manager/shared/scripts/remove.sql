-- Remove a record that is queued. No row if it is not.
-- IS TRUE hides the condition from the partial indexes: with old statistics PostgreSQL takes one of them for shorter
-- than the primary key, and reads the whole queue for each record.
WITH gone AS (
    DELETE FROM {sessions} WHERE session_id = :id AND (deleted AND due IS NOT NULL) IS TRUE RETURNING session_id
)
UPDATE {counters} AS counter SET queued = counter.queued - number.gone
FROM (SELECT count(*) AS gone FROM gone) AS number
WHERE counter.slot = {slot} AND number.gone > 0
RETURNING number.gone
