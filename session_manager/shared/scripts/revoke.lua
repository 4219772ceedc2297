-- Withdraw the trust in a session. Nothing if it is gone.
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
redis.call('HSET', KEYS[1], 't', 0)
return redis.call('HINCRBY', KEYS[1], 'v', 1)
