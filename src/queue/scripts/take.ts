import { luaTransition } from './lua-parts.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: waiting, delayed, leases, paused. ARGV: base, events, agent, home, lease ms.
 * A record that cannot be read is returned with an empty plan. Returns nil | {id, plan, fence, attempt, submitted, now, cancel asked for (1 or 0), put back, how many still wait}.
 */
export const takeScript = defineScript(`${luaTransition}
if redis.call('EXISTS', KEYS[4]) == 1 then return nil end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[2], id)
  local score = redis.pcall('HGET', keyOf(id), 'score')
  redis.call('ZADD', KEYS[1], type(score) == 'string' and tonumber(score) or 0, id)
end
local known = { queued = true, staging = true, running = true, collecting = true, finished = true }
while true do
  local first = redis.call('ZPOPMIN', KEYS[1])
  if #first == 0 then return nil end
  local id, key = first[1], keyOf(first[1])
  local state = redis.pcall('HGET', key, 'state')
  local fence, attempt = 0, 0
  if state == 'queued' then
    fence, attempt = redis.pcall('HINCRBY', key, 'fence', 1), redis.pcall('HINCRBY', key, 'attempts', 1)
  end
  if not known[state] or type(fence) ~= 'number' or type(attempt) ~= 'number' then
    return { id, '', 0, 0, now, now, 0, 0, 1 }
  end
  if state == 'queued' then
    redis.call('HSET', key, 'agent', ARGV[3], 'home', ARGV[4])
    redis.call('ZADD', KEYS[3], now + ARGV[5], id)
    transition(id, 'staging', { agent = ARGV[3], attempt = attempt })
    local found = redis.call('HMGET', key, 'plan', 'submitted', 'cancel', 'put_back')
    local canceled, put_back = found[3] and 1 or 0, tonumber(found[4]) or 0
    return { id, found[1] or '', fence, attempt, tonumber(found[2]) or now, now, canceled, put_back,
      redis.call('ZCARD', KEYS[1]) + redis.call('ZCARD', KEYS[2]) }
  end
end
`);
