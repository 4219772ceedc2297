-- Open a session: its hash, its expiry, its place in the index and the count of all, in one step.
-- ARGV: id, user id, user name, time of the login in microseconds, lifetime in seconds
local session, index, totals = unpack(KEYS)
local id, user_id, username, now, lifetime = unpack(ARGV)
local time = redis.call('TIME')
redis.call('HINCRBY', totals, 'open', 1)
redis.call('HSET', session, 'u', user_id, 'n', username, 'l', now, 'a', now, 'c', 0, 't', 1, 'v', 1,
           'r', string.format('%d%06d', time[1], time[2]))
redis.call('EXPIRE', session, lifetime)
redis.call('HSET', index, id, (time[1] + lifetime) .. ' ' .. user_id)
redis.call('HINCRBY', totals, 'total_sessions', 1)
