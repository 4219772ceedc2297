-- Remove a key, renew the expiry, and return a list with the key's text; an empty list if the key is missing, which
-- changes nothing. Nothing if the session is gone.
-- ARGV: time in microseconds, lifetime in seconds, key.
local session = KEYS[1]
local now, lifetime, key = unpack(ARGV)
if redis.call('EXISTS', session) == 0 then return nil end
local text = redis.call('HGET', session, key)
if not text then return {} end
redis.call('HDEL', session, key)
redis.call('HSET', session, 'a', now)
redis.call('HINCRBY', session, 'v', 1)
redis.call('EXPIRE', session, lifetime)
return {text}
