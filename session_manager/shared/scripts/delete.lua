-- Close a session: its hash, its place in the index and in the count go, and its record waits for cleanup, in one step.
-- ARGV: id. Returns 1, or nothing if it is gone.
local session, index, totals, waiting, due = unpack(KEYS)
local id = ARGV[1]
if redis.call('DEL', session) == 0 then return nil end
redis.call('HDEL', index, id)
redis.call('HINCRBY', totals, 'open', -1)
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
redis.call('ZADD', waiting, now, id)
redis.call('ZADD', due, now, id)
return 1
