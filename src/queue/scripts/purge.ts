import { luaForget, luaNow } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * KEYS: finished. ARGV: base, retention ms, records kept at most, ms for which even more are kept, at most so many.
 * Removes records that are too old, or too many and old enough; returns how many.
 */
export const purgeScript = defineScript(`${luaNow}${luaForget}
local base, limit = ARGV[1], tonumber(ARGV[5])
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2], 'LIMIT', 0, limit)
local excess = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3])
if #gone == 0 and excess > 0 then
  gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[4], 'LIMIT', 0, math.min(excess, limit))
end
for _, id in ipairs(gone) do
  forget(base, id)
  redis.call('ZREM', KEYS[1], id)
end
return #gone
`);
