-- Redis has dropped a session whose time was up: its place in the index and in the count go, and its record waits for
-- cleanup. One that was renewed is looked at again when its time is up next.
-- ARGV: id. Returns 1, or 0 if it was renewed.
local session, index, totals, waiting, due = unpack(KEYS)
local id = ARGV[1]
local time = redis.call('TIME')
local entry = redis.call('HGET', index, id)
if not entry then return 0 end
local left = redis.call('TTL', session)
if left >= 0 then
    redis.call('HSET', index, id, (time[1] + left + 1) .. string.match(entry, ' .*$'))
    return 0
end
redis.call('HDEL', index, id)
redis.call('HINCRBY', totals, 'open', -1)
local now = time[1] + time[2] / 1e6
redis.call('ZADD', waiting, now, id)
redis.call('ZADD', due, now, id)
return 1
