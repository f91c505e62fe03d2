import { luaFlows } from './parts/lua-flows.ts';
import { luaForget } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * KEYS: execution, where it is set aside. ARGV: base, id, ms that it is kept there.
 * Takes a record that cannot be read out of the queue and of every list. Returns {state, meta} as it holds them, '' for
 * what is missing; nil when there is no record (any more).
 */
export const setAsideScript = defineScript(`${luaForget}
local base, id = ARGV[1], ARGV[2]
${luaFlows}
dequeue(id, flowNamesOf(id))
local tenant = unlist(base, id)
for _, list in ipairs({ 'waiting', 'delayed', 'leases', 'finished' }) do redis.call('ZREM', base .. ':' .. list, id) end
for _, state in ipairs({ 'queued', 'staging', 'running', 'collecting' }) do
  delist(base, 'state:' .. state, tenant, id)
end
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
local found = redis.pcall('HMGET', KEYS[1], 'state', 'meta')
if found.err then found = {} end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return { found[1] or '', found[2] or '' }
`);
