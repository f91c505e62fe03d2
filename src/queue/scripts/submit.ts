import { luaHear } from './hear.ts';
import { luaTransition } from './lua-parts.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: heard, execution, waiting, correlation.
 * ARGV: base, events, agent, window ms, echo ms, source, id, plan, meta, priority, ms per priority point, queue bound,
 * retention ms, then the names of the indexes it belongs to.
 * Returns {'queued'} | {'duplicate', id, hearing} | {'full', waiting}.
 *
 * The source names one delivery of a message: a delivery that comes twice (after a crash, or a lost reply) is an echo.
 * The score is the time of arrival, moved ahead by the priority once and for all: what has waited long enough comes
 * before whatever arrives later, so nothing starves.
 */
export const submitScript = defineScript(`${luaTransition}${luaHear}
local id, source = ARGV[7], ARGV[6]
local known = redis.call('HMGET', KEYS[1], 'execution', 'source')
if known[1] == id then return { 'queued' } end
if source ~= '' and known[2] == source then return { 'duplicate', known[1] or '', 'echo' } end
local hearing = hear(KEYS[1], ARGV[3], ARGV[4], tonumber(ARGV[5]))
if source ~= '' then
  redis.call('HSET', KEYS[1], 'source', source)
  if hearing == 'echo' then hearing = 'again' end
end
if known[1] or hearing == 'echo' then return { 'duplicate', known[1] or '', hearing } end
local waiting = redis.call('ZCARD', KEYS[3])
if waiting >= tonumber(ARGV[12]) then return { 'full', waiting } end
redis.call('HSET', KEYS[1], 'execution', id)
local score = string.format('%.0f', time[1] * 1000000 + time[2] - ARGV[10] * ARGV[11] * 1000)
local indexes = {}
for index = 14, #ARGV do
  table.insert(indexes, ARGV[index])
  redis.call('ZADD', base .. ':index:' .. ARGV[index], now, id)
end
redis.call('HSET', KEYS[2], 'version', 1, 'plan', ARGV[8], 'meta', ARGV[9], 'submitted', now, 'score', score,
  'fence', 0, 'attempts', 0, 'indexes', cjson.encode(indexes))
redis.call('ZADD', KEYS[3], score, id)
redis.call('SET', KEYS[4], id, 'PX', ARGV[13])
transition(id, 'queued')
redis.call('PUBLISH', base .. ':wake', '')
return { 'queued' }
`);
