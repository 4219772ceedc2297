-- A read renews the expiry, and writes no data. Nothing if the session is gone.
-- ARGV: lifetime in seconds
local session = KEYS[1]
if redis.call('EXISTS', session) == 0 then return nil end
local time = redis.call('TIME')
redis.call('HSET', session, 'r', string.format('%d%06d', time[1], time[2]))
redis.call('EXPIRE', session, ARGV[1])
return redis.call('HGETALL', session)
