-- Lend out records that are due. Each stays queued, and is due again when its lease has run out unfinished.
-- ARGV: seconds of a lease, how many. Returns their ids.
local due = KEYS[1]
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local ids = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do redis.call('ZADD', due, now + ARGV[1], id) end
return ids
