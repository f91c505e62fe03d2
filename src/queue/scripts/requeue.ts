import { luaFlows } from './parts/lua-flows.ts';
import { luaRequeue, luaTransition } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * KEYS: execution. ARGV: base, events, id, fence, ms to wait, reason.
 * Returns 1, or 0 when the attempt no longer counts. An attempt in which nothing was started is not counted among them.
 */
export const requeueScript = defineScript(`${luaTransition}${luaFlows}${luaRequeue}
local found = redis.call('HMGET', KEYS[1], 'fence', 'state')
if found[1] ~= ARGV[4] or found[2] == 'finished' or found[2] == 'queued' then return 0 end
if ARGV[6] ~= 'again' then redis.call('HINCRBY', KEYS[1], 'attempts', -1) end
if ARGV[6] == 'runtime away' then redis.call('HINCRBY', KEYS[1], 'put_back', 1) end
requeue(ARGV[3], now + ARGV[5], { reason = ARGV[6] })
return 1
`);
