-- The ids of a part of the index whose time may be up: one that was renewed since is still there.
local index = KEYS[1]
local now = tonumber(redis.call('TIME')[1])
local found, entries = {}, redis.call('HGETALL', index)
for place = 1, #entries, 2 do
    local expires = string.match(entries[place + 1], '^%d+')
    if tonumber(expires) <= now then found[#found + 1] = entries[place] end
end
return found
