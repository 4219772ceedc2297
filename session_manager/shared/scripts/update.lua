-- Set one key, count one access, renew the expiry. Nothing if the session is gone: no key is made anew.
-- ARGV: id, key, value, time, lifetime in seconds, how many fields a session may have. Returns 1, or -1 for too many.
local session, open = unpack(KEYS)
local id, key, value, now, lifetime, most = unpack(ARGV)
if redis.call('EXISTS', session) == 0 then return nil end
if redis.call('HLEN', session) >= tonumber(most) and redis.call('HEXISTS', session, key) == 0 then return -1 end
redis.call('HSET', session, key, value, 'last_activity', now)
redis.call('HINCRBY', session, 'access_count', 1)
redis.call('HINCRBY', session, 'version', 1)
redis.call('EXPIRE', session, lifetime)
local time = redis.call('TIME')
redis.call('ZADD', open, time[1] + time[2] / 1e6 + lifetime, id)
return 1
