-- Queue a dead letter again, with all its attempts left. Returns 1, or nothing if there is no such dead letter.
-- ARGV: id
local waiting, due, attempts, dead = unpack(KEYS)
local id = ARGV[1]
if redis.call('ZREM', dead, id) == 0 then return nil end
redis.call('HDEL', attempts, id)
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
redis.call('ZADD', waiting, now, id)
redis.call('ZADD', due, now, id)
return 1
