import { luaHear } from './hear.ts';
import { luaTransition } from './lua-parts.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: heard, execution, waiting, correlation.
 * ARGV: base, events, agent, window ms, echo ms, source, id, plan, meta, priority, ms per priority point, queue bound,
 * retention ms, tenant, the names of the indexes it belongs to, one a line.
 * Returns {'queued'} | {'duplicate', id, hearing} | {'full', waiting}.
 *
 * The source names one delivery of a message: a delivery that comes twice (after a crash, or a lost reply) is an echo,
 * unless it was refused, for nobody knows whether its sender was told.
 * The score is the time of arrival, moved ahead by the priority once and for all: what has waited long enough comes
 * before whatever arrives later, so nothing starves. Agents are woken by the first that waits, and then take until none
 * does.
 */
export const submitScript = defineScript(`${luaTransition}${luaHear}
local id, source = ARGV[7], ARGV[6]
local known = redis.call('HMGET', KEYS[1], 'execution', 'source')
if known[1] == id then return { 'queued' } end
if source ~= '' and known[2] == source then return { 'duplicate', known[1] or '', 'echo' } end
local waiting = redis.call('ZCARD', KEYS[3])
local full = not known[1] and waiting >= tonumber(ARGV[12])
local more = { 'source', source }
if not known[1] then more = { 'source', source, 'execution', id } end
if full then more = {} end
local hearing = hear(KEYS[1], ARGV[3], ARGV[4], tonumber(ARGV[5]), more)
if source ~= '' and hearing == 'echo' then
  if not full then redis.call('HSET', KEYS[1], unpack(more)) end
  hearing = 'again'
end
if known[1] or hearing == 'echo' then return { 'duplicate', known[1] or '', hearing } end
if full then return { 'full', waiting } end
local score = string.format('%.0f', time[1] * 1000000 + time[2] - ARGV[10] * ARGV[11] * 1000)
for index in string.gmatch(ARGV[15], '[^\\n]+') do redis.call('ZADD', base .. ':index:' .. index, now, id) end
redis.call('ZADD', base .. ':index:state:queued', now, id)
redis.call('HSET', KEYS[2], 'version', 1, 'state', 'queued', 'plan', ARGV[8], 'meta', ARGV[9], 'submitted', now,
  'score', score, 'fence', 0, 'attempts', 0, 'tenant', ARGV[14], 'indexes', ARGV[15])
redis.call('ZADD', KEYS[3], score, id)
redis.call('SET', KEYS[4], id, 'PX', ARGV[13])
tell(ARGV[9], 'queued')
if waiting == 0 then redis.call('PUBLISH', base .. ':wake', '') end
return { 'queued' }
`);
