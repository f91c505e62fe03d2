import { luaRequeue, luaTransition } from './lua-parts.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: execution. ARGV: base, events, id, fence, ms to wait.
 * Returns 1, or 0 when the attempt no longer counts.
 */
export const requeueScript = defineScript(`${luaTransition}${luaRequeue}
local found = redis.call('HMGET', KEYS[1], 'fence', 'state')
if found[1] ~= ARGV[4] or found[2] == 'finished' or found[2] == 'queued' then return 0 end
requeue(ARGV[3], now + ARGV[5])
return 1
`);
