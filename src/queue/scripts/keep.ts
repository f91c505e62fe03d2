import { luaTransition } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/** KEYS: execution. ARGV: base, events, id, fence, state, progress. Returns 1, or 0 when the attempt no longer counts. */
export const keepScript = defineScript(`${luaTransition}
local found = redis.call('HMGET', KEYS[1], 'fence', 'state')
if found[1] ~= ARGV[4] or found[2] == 'finished' or found[2] == 'queued' then return 0 end
redis.call('HSET', KEYS[1], 'progress', ARGV[6])
if found[2] ~= ARGV[5] then transition(ARGV[3], ARGV[5]) end
return 1
`);
