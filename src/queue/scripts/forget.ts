import { luaForget } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/** KEYS: execution, finished, live log. ARGV: base, id. Returns 1, or 0 when there is no such finished execution. */
export const forgetScript = defineScript(`${luaForget}
if redis.call('HGET', KEYS[1], 'state') ~= 'finished' then return 0 end
forget(ARGV[1], ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('DEL', KEYS[3])
return 1
`);
