-- A read renews the expiry, and writes no data. Nothing if the session is gone.
-- ARGV: id, lifetime in seconds
local session, open = unpack(KEYS)
local id, lifetime = unpack(ARGV)
if redis.call('EXISTS', session) == 0 then return nil end
local time = redis.call('TIME')
redis.call('HSET', session, 'refreshed', string.format('%d.%06d', time[1], time[2]))
redis.call('EXPIRE', session, lifetime)
redis.call('ZADD', open, time[1] + time[2] / 1e6 + lifetime, id)
return redis.call('HGETALL', session)
