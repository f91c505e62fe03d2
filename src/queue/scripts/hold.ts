import { luaNow } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * KEYS: leases. ARGV: base, lease ms, for how long at most in ms, then id and fence of each.
 * Prolongs leases for an agent that is still starting, so that it can adopt the executions. When that began is noted for the fence,
 * so an agent that never gets there cannot hold them for ever. Returns how many are held.
 */
export const holdScript = defineScript(`${luaNow}
local held = 0
for index = 4, #ARGV, 2 do
  local id, fence = ARGV[index], ARGV[index + 1]
  local key = ARGV[1] .. ':execution:' .. id
  local found = redis.call('HMGET', key, 'fence', 'state', 'held_since')
  if found[1] == fence and found[2] ~= 'finished' and found[2] ~= 'queued' then
    local of, since = string.match(found[3] or '', '^(%d+):(%d+)$')
    if of ~= fence then
      since = string.format('%.0f', now)
      redis.call('HSET', key, 'held_since', fence .. ':' .. since)
    end
    if now - tonumber(since) <= tonumber(ARGV[3]) then
      redis.call('ZADD', KEYS[1], now + ARGV[2], id)
      held = held + 1
    end
  end
end
return held
`);
