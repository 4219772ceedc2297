-- Withdraw the trust in a session. Nothing if it is gone.
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
redis.call('HSET', KEYS[1], 'is_authenticated', 0)
return redis.call('HINCRBY', KEYS[1], 'version', 1)
