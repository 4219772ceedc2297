-- An attempt failed: try again after twice the wait, or make the record a dead letter after the last attempt.
-- ARGV: id, seconds until the second attempt, attempts at most. Returns 1 if it is a dead letter now.
local waiting, due, attempts, dead, totals = unpack(KEYS)
local id, backoff, most = unpack(ARGV)
if not redis.call('ZSCORE', due, id) then return 0 end
redis.call('HINCRBY', totals, 'failed_cleanups', 1)
local failed = redis.call('HINCRBY', attempts, id, 1)
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
if failed < tonumber(most) then
    redis.call('ZADD', due, now + backoff * 2 ^ (failed - 1), id)
    return 0
end
redis.call('ZREM', waiting, id)
redis.call('ZREM', due, id)
redis.call('ZADD', dead, now, id)
return 1
