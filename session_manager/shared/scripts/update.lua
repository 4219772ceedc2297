-- Set one key, count one access, renew the expiry. Nothing if the session is gone: no key is made anew.
-- ARGV: key, value, time in microseconds, lifetime in seconds, how many fields a session may have.
-- Returns 1, or -1 for too many fields.
local session = KEYS[1]
local key, value, now, lifetime, most = unpack(ARGV)
if redis.call('EXISTS', session) == 0 then return nil end
if redis.call('HLEN', session) >= tonumber(most) and redis.call('HEXISTS', session, key) == 0 then return -1 end
redis.call('HSET', session, key, value, 'a', now)
redis.call('HINCRBY', session, 'c', 1)
redis.call('HINCRBY', session, 'v', 1)
redis.call('EXPIRE', session, lifetime)
return 1
