import { defineScript } from './parts/script.ts';

/** KEYS: execution. Returns its state; because of the mark, the agent that takes it next cancels it. */
export const cancelScript = defineScript(`
local state = redis.call('HGET', KEYS[1], 'state')
if state and state ~= 'finished' then redis.call('HSET', KEYS[1], 'cancel', 1) end
return state
`);
