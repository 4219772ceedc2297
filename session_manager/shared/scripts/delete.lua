-- Close a session: its hash, its expiry and its user's index go, and its record waits for cleanup, in one step.
-- ARGV: id. Returns 1, or nothing if it is gone.
local session, open, users, waiting, due = unpack(KEYS)
local id = ARGV[1]
local user_id = redis.call('HGET', session, 'user_id')
if not user_id then return nil end
redis.call('DEL', session)
redis.call('ZREM', open, id)
redis.call('ZREM', users, user_id .. '\0' .. id)
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
redis.call('ZADD', waiting, now, id)
redis.call('ZADD', due, now, id)
return 1
