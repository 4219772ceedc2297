-- Open a session: its hash, its expiry, its record, its user's index and the count of all, in one step.
-- ARGV: id, user id, user name, time of the login, lifetime in seconds
local session, open, records, users, totals = unpack(KEYS)
local id, user_id, username, now, lifetime = unpack(ARGV)
local time = redis.call('TIME')
redis.call('HSET', session, 'user_id', user_id, 'username', username, 'login_time', now, 'last_activity', now,
           'access_count', 0, 'is_authenticated', 1, 'version', 1,
           'refreshed', string.format('%d.%06d', time[1], time[2]))
redis.call('EXPIRE', session, lifetime)
redis.call('ZADD', open, time[1] + time[2] / 1e6 + lifetime, id)
redis.call('HSET', records, id, user_id)
redis.call('ZADD', users, 0, user_id .. '\0' .. id)
redis.call('HINCRBY', totals, 'total_sessions', 1)
