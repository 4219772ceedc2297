-- Change several keys of a session, all or none, and renew its expiry. Nothing if it is gone: no key is made anew.
-- ARGV: time in microseconds, lifetime in seconds, how many fields a session may have,
-- how many keys must still have a text, how many must be missing, how many are set, and then
-- the first with their texts, the second, the third with their texts, and the keys that go.
-- Returns 0, or the place of the first key that somebody else has changed, or -1 for too many fields.
local session = KEYS[1]
local now, lifetime, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local same, missing, set = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if redis.call('EXISTS', session) == 0 then return nil end
local at = 7
for place = 1, same do
    if redis.call('HGET', session, ARGV[at]) ~= ARGV[at + 1] then return place end
    at = at + 2
end
for place = same + 1, same + missing do
    if redis.call('HEXISTS', session, ARGV[at]) == 1 then return place end
    at = at + 1
end
local first, gone = at, at + 2 * set
local fields = redis.call('HLEN', session)
if fields + set > most then
    for key = first, gone - 1, 2 do fields = fields + 1 - redis.call('HEXISTS', session, ARGV[key]) end
    for key = gone, #ARGV do fields = fields - redis.call('HEXISTS', session, ARGV[key]) end
    if fields > most then return -1 end
end
redis.call('HSET', session, 'a', now, unpack(ARGV, first, gone - 1))
for key = gone, #ARGV do redis.call('HDEL', session, ARGV[key]) end
redis.call('HINCRBY', session, 'v', 1)
redis.call('EXPIRE', session, lifetime)
return 0
