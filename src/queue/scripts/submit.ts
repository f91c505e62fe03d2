import { luaFlows } from './parts/lua-flows.ts';
import { luaTransition } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';
import { luaRecordDelivery } from './record-delivery.ts';

/**
 * KEYS: heard, execution, delayed, correlation, stream of the delivery.
 * ARGV: base, events, agent, window ms, echo ms, source, id, plan, meta, priority, ms per priority point, queue bound,
 * tenant, the names of the indexes it belongs to, one a line, 1 for one with a correlation id, reader group of the
 * stream ('' for no stream), bytes that a tenant may have queued, placement ('' for any agent), bound of placements, and
 * of those in which one tenant waits.
 * Returns {'queued'} | {'duplicate', id, delivery} | {'full', waiting} | {'heavy', bytes} | {'placements', number}
 * | {'placements of tenant', number}.
 *
 * The source names one delivery of a message: a delivery that comes twice (after a crash, or a lost reply) is an echo,
 * unless it was refused, for its sender may not have got the refusal. An entry of a stream is acknowledged in the step
 * that queues it; one that is acknowledged already was queued by another agent.
 * An execution whose record is gone, by DELETE or its age, is not known any more: the message is a new request.
 * The score is the time of arrival, moved ahead by the priority once and for all: what has waited long enough comes
 * before all that arrives later, so nothing starves. Agents are woken by the first that waits for a placement, and then
 * take until none does.
 */
export const submitScript = defineScript(`${luaTransition}${luaFlows}${luaRecordDelivery}
local id, source, tenant, group = ARGV[7], ARGV[6], ARGV[13], ARGV[16]
if redis.call('EXISTS', KEYS[2]) == 1 then return { 'queued' } end
local heard = redis.call('HMGET', KEYS[1], 'execution', 'source')
if source ~= '' and heard[2] == source then return { 'duplicate', heard[1] or '', 'echo' } end
local known = heard[1] and redis.call('EXISTS', keyOf(heard[1])) == 1 and heard[1]
local waiting = redis.call('ZCARD', base .. ':index:state:queued') - redis.call('ZCARD', KEYS[3])
local placement, placements = ARGV[18], base .. ':placements'
local isFirst = redis.call('SISMEMBER', placements, placement) == 0
local ofTenant = 0
if placement ~= '' and redis.call('SISMEMBER', tenantsOf(placement), tenant) == 0 then
  for _, each in ipairs(redis.call('SMEMBERS', placements)) do
    if each ~= '' then ofTenant = ofTenant + redis.call('SISMEMBER', tenantsOf(each), tenant) end
  end
end
local size = #ARGV[8] + #ARGV[9]
local bytes = tonumber(redis.call('HGET', base .. ':bytes', tenant)) or 0
local full = waiting >= tonumber(ARGV[12]) and { 'full', waiting }
  or bytes + size > tonumber(ARGV[17]) and { 'heavy', bytes }
  or placement ~= '' and isFirst and redis.call('SCARD', placements) >= tonumber(ARGV[19])
    and { 'placements', redis.call('SCARD', placements) }
  or ofTenant >= tonumber(ARGV[20]) and { 'placements of tenant', ofTenant }
if known then full = false end
if group ~= '' and not known and not full then
  if redis.call('XACK', KEYS[5], group, source) == 0 then return { 'duplicate', '', 'echo' } end
  redis.call('XDEL', KEYS[5], source)
end
local more = { 'source', source }
if not known then more = { 'source', source, 'execution', id } end
if full then more = {} end
local delivery = recordDelivery(KEYS[1], ARGV[3], ARGV[4], tonumber(ARGV[5]), more)
if source ~= '' and delivery == 'echo' then
  if not full then redis.call('HSET', KEYS[1], unpack(more)) end
  delivery = 'again'
end
if known or delivery == 'echo' then return { 'duplicate', known or '', delivery } end
if full then return full end
local score = string.format('%.0f', time[1] * 1000000 + time[2] - ARGV[10] * ARGV[11] * 1000)
for index in string.gmatch(ARGV[14], '[^\\n]+') do redis.call('ZADD', base .. ':index:' .. index, now, id) end
enlist(base, 'state:queued', tenant, now, id)
redis.call('HSET', KEYS[2], 'version', 1, 'state', 'queued', 'plan', ARGV[8], 'meta', ARGV[9], 'submitted', now,
  'score', score, 'fence', 0, 'attempts', 0, 'tenant', tenant, 'indexes', ARGV[14], 'bytes', size,
  'placement', placement)
redis.call('HINCRBY', base .. ':bytes', tenant, size)
enqueue(id, placement, tenant, score)
if ARGV[15] == '1' then
  redis.call('SET', KEYS[4], id)
  redis.call('HSET', KEYS[2], 'correlation', KEYS[4])
end
tell(id, ARGV[9], 'queued')
if isFirst then redis.call('PUBLISH', base .. ':wake', '') end
return { 'queued' }
`);
