-- Remove the record of a closed session, and all that is known of its cleanup. Returns whether it was there.
-- ARGV: id, 1 to remove it only if it is a dead letter
local waiting, due, attempts, dead = unpack(KEYS)
local id, only_dead = unpack(ARGV)
if only_dead == '1' and not redis.call('ZSCORE', dead, id) then return 0 end
redis.call('ZREM', due, id)
redis.call('HDEL', attempts, id)
return redis.call('ZREM', waiting, id) + redis.call('ZREM', dead, id)
