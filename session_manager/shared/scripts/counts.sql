-- All counts at one instant, and who has waited longest. The sum over the slots is exact, a single slot says nothing.
SELECT CAST(sum(open) AS bigint) AS open, CAST(sum(queued) AS bigint) AS queued, CAST(sum(dead) AS bigint) AS dead,
    CAST(sum(total) AS bigint) AS total, CAST(sum(failed) AS bigint) AS failed,
    (SELECT session_id FROM {sessions} WHERE deleted AND waiting_since IS NOT NULL
     ORDER BY waiting_since LIMIT 1) AS oldest
FROM {counters}
