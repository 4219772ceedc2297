-- All counts of one shard at one instant: open, queued, dead letters, totals, and who has waited longest.
local waiting, dead, totals = unpack(KEYS)
local oldest = redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
local open, total, failed = unpack(redis.call('HMGET', totals, 'open', 'total_sessions', 'failed_cleanups'))
return {tonumber(open or 0), redis.call('ZCARD', waiting), redis.call('ZCARD', dead), tonumber(total or 0),
        tonumber(failed or 0), oldest[1] or '', oldest[2] or ''}
