import { luaTransition } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * KEYS: execution, leases. ARGV: base, events, id, fence of the attempt's last holder, agent, home, lease ms.
 * The attempt goes on in another agent. Returns {new fence, cancel asked for (1 or 0), put back}, with
 * fence 0 when it has moved on meanwhile.
 */
export const adoptScript = defineScript(`${luaTransition}
local found = redis.call('HMGET', KEYS[1], 'fence', 'state')
if found[1] ~= ARGV[4] or found[2] == 'finished' or found[2] == 'queued' then return { 0, 0, 0 } end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'agent', ARGV[5], 'home', ARGV[6])
redis.call('ZADD', KEYS[2], now + ARGV[7], ARGV[3])
transition(ARGV[3], found[2], { agent = ARGV[5], reattached = true })
return { fence, redis.call('HEXISTS', KEYS[1], 'cancel'), tonumber(redis.call('HGET', KEYS[1], 'put_back') or 0) }
`);
