-- Count one access. A bare HINCRBY would make a deleted session anew, and without an expiry.
-- ARGV: time in microseconds. Returns the new count.
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
redis.call('HSET', KEYS[1], 'a', ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'c', 1)
