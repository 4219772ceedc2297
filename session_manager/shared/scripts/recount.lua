-- Count the open sessions of a shard anew, from its index: another script has stopped in the middle.
local open = 0
for place = 2, #KEYS do open = open + redis.call('HLEN', KEYS[place]) end
redis.call('HSET', KEYS[1], 'open', open)
return open
