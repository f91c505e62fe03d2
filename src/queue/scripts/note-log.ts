import { defineScript } from './script.ts';

/** KEYS: execution. ARGV: the store. The store holds, or will hold, the whole output of the execution. */
export const noteLogScript = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'log', ARGV[1]) end
`);
