-- Change several keys of a session, all or none, and renew its expiry. Nothing if it is gone: no key is made anew.
-- ARGV: time in microseconds, lifetime in seconds, how many fields a session may have,
-- how many keys must still have a text, how many must be missing, how many are set, how many of these may be new, and
-- then the first with their texts, the second, the third with their texts, and the keys that go.
-- Returns 0, or the place of the first key that somebody else has changed, or -1 for too many fields.
local session = KEYS[1]
local now, lifetime, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local same, missing, set, new = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local call = redis.call
local version = call('HGET', session, 'v') -- each session has one: this also says whether it is there
if not version then return nil end
local at = 8
for place = 1, same do
    if call('HGET', session, ARGV[at]) ~= ARGV[at + 1] then return place end
    at = at + 2
end
for place = same + 1, same + missing do
    if call('HEXISTS', session, ARGV[at]) == 1 then return place end
    at = at + 1
end
local first, gone = at, at + 2 * set
if new > 0 then -- to count the fields is of no use otherwise
    local fields = call('HLEN', session)
    if fields + new > most then
        for key = first, gone - 1, 2 do fields = fields + 1 - call('HEXISTS', session, ARGV[key]) end
        for key = gone, #ARGV do fields = fields - call('HEXISTS', session, ARGV[key]) end
        if fields > most then return -1 end
    end
end
call('HSET', session, 'a', now, 'v', version + 1, unpack(ARGV, first, gone - 1))
for key = gone, #ARGV do call('HDEL', session, ARGV[key]) end
call('EXPIRE', session, lifetime)
return 0
