-- Add to the number of a key, 0 if it is missing, and renew the expiry. Nothing if the session is gone.
-- ARGV: time in microseconds, lifetime in seconds, how many fields a session may have, key, amount.
-- Returns the sum as a text, because a number of Lua is exact up to 53 bits only; or -1 for too many fields, or -2 if
-- the key has no whole number of 64 bits, or would have none.
local session = KEYS[1]
local now, lifetime, most, key, amount = unpack(ARGV)
if redis.call('EXISTS', session) == 0 then return nil end
if redis.call('HLEN', session) >= tonumber(most) and redis.call('HEXISTS', session, key) == 0 then return -1 end
local sum = redis.pcall('HINCRBY', session, key, amount)
if type(sum) == 'table' then
    if string.find(sum.err, 'integer') or string.find(sum.err, 'overflow') then return -2 end
    return sum
end
redis.call('HSET', session, 'a', now)
redis.call('HINCRBY', session, 'v', 1)
redis.call('EXPIRE', session, lifetime)
return redis.call('HGET', session, key)
