-- Close a session as `delete.lua` does, and return its last fields. Nothing if it is gone.
-- ARGV: id.
local session, index, totals, waiting, due = unpack(KEYS)
local id = ARGV[1]
local fields = redis.call('HGETALL', session)
if #fields == 0 then return nil end
redis.call('DEL', session)
redis.call('HDEL', index, id)
redis.call('HINCRBY', totals, 'open', -1)
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
redis.call('ZADD', waiting, now, id)
redis.call('ZADD', due, now, id)
return fields
