import { defineScript } from './parts/script.ts';

/**
 * KEYS: execution. ARGV: fence, the store, the object. The store holds, or will hold, the whole output of the execution there.
 * Returns 1, or 0 when the attempt no longer counts. What other attempts noted stays, so that it is removed too.
 */
export const noteLogScript = defineScript(`
local found = redis.call('HMGET', KEYS[1], 'fence', 'state', 'log')
if found[1] ~= ARGV[1] or found[2] == 'finished' or found[2] == 'queued' then return 0 end
local line = ARGV[2] .. '\\n' .. ARGV[3] .. '\\n'
local noted = found[3] or ''
if string.sub(noted, -#line) ~= line then redis.call('HSET', KEYS[1], 'log', noted .. line) end
return 1
`);
