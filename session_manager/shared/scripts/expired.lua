-- The sessions in some parts of the index whose time may be up: one that was renewed since is still there.
-- Returns for each of them the place of its part among the keys, and its id.
local now = tonumber(redis.call('TIME')[1])
local found = {}
for part, index in ipairs(KEYS) do
    local entries = redis.call('HGETALL', index)
    for place = 1, #entries, 2 do
        local expires = string.match(entries[place + 1], '^%d+')
        if tonumber(expires) <= now then found[#found + 1] = {part, entries[place]} end
    end
end
return found
