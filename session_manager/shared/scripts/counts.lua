-- All counts of one shard at one instant: open, records, queued, dead letters, totals, and who has waited longest.
local open, records, waiting, dead, totals = unpack(KEYS)
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local oldest = redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
local total, failed = unpack(redis.call('HMGET', totals, 'total_sessions', 'failed_cleanups'))
return {redis.call('ZCOUNT', open, '(' .. now, '+inf'), redis.call('HLEN', records), redis.call('ZCARD', waiting),
        redis.call('ZCARD', dead), tonumber(total or 0), tonumber(failed or 0), oldest[1] or '', oldest[2] or ''}
