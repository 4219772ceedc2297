-- Redis has dropped a session whose time was up: what is left of it goes, and its record waits for cleanup.
-- ARGV: id. Returns 1, or 0 if it is not so, because it was renewed meanwhile.
local session, open, records, users, waiting, due = unpack(KEYS)
local id = ARGV[1]
if redis.call('EXISTS', session) == 1 or redis.call('ZREM', open, id) == 0 then return 0 end
local user_id = redis.call('HGET', records, id)
if user_id then redis.call('ZREM', users, user_id .. '\0' .. id) end
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
redis.call('ZADD', waiting, now, id)
redis.call('ZADD', due, now, id)
return 1
