import { luaFlows } from './parts/lua-flows.ts';
import { luaRequeue, luaTransition } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * KEYS: leases. ARGV: base, events, lease ms, at most so many, attempts.
 * An execution whose container was never recorded goes back to the queue: nothing of it ran. Of the others, and of those
 * tried too often, the ids are returned, each leased for another period so that one agent deals with it.
 */
export const expireScript = defineScript(`${luaTransition}${luaFlows}${luaRequeue}
local lost = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[4])) do
  local found = redis.pcall('HMGET', keyOf(id), 'state', 'attempts')
  if found.err then found = { 'unreadable' } end
  local state = found[1]
  if state == 'staging' and (tonumber(found[2]) or 0) < tonumber(ARGV[5]) then
    requeue(id, 0, { reason = 'again' })
  elseif state and state ~= 'queued' and state ~= 'finished' then
    redis.call('ZADD', KEYS[1], now + ARGV[3], id)
    table.insert(lost, id)
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return lost
`);
