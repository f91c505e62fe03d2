import { luaFlows, luaGroups } from './parts/lua-flows.ts';
import { luaNow } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

// Sets that one call looks at for others that wait: what bounds its time, however many tenants there are.
const mostLooks = 400;
// Executions that ended last, whose times say how long one takes.
const recentlyEnded = 20;

/**
 * KEYS: execution. ARGV: base, id, weights of tenants.
 * Returns nil for one that does not wait, or {how many start before it, 1 if there may be more, when its next attempt is due
 * ('' for one that waits in the order), 1 while the queue is paused, how many run, how long one took on average in ms ('' if
 * that is not known), now}. It changes nothing.
 *
 * Before it come those of its own tenant that are ahead of it, and those of each other tenant whose turns begin before its own.
 * While no agent has asked for work since something waits, no tenant has had a turn.
 */
export const findPlaceScript = defineScript(`${luaNow}
local base, id, weights = ARGV[1], ARGV[2], ARGV[3]
${luaFlows}${luaGroups}
local paused = redis.call('EXISTS', base .. ':paused')
local running = redis.call('ZCARD', base .. ':leases')
local sum, count = 0, 0
for _, each in ipairs(redis.call('ZREVRANGEBYSCORE', base .. ':finished', '+inf', '-inf', 'LIMIT', 0, ${recentlyEnded})) do
  local started, finished = tonumber(textOf(each, 'started') or ''), tonumber(textOf(each, 'finished') or '')
  if started and finished then sum, count = sum + finished - started, count + 1 end
end
local took = count > 0 and string.format('%.0f', sum / count) or ''
local function reply(ahead, more, due) return { ahead, more, due, paused, running, took, now } end
if textOf(id, 'state') ~= 'queued' then return nil end
local due = redis.call('ZSCORE', base .. ':delayed', id)
if due then return reply(0, 0, due) end
local placement, tenant = flowNamesOf(id)
local own = redis.call('ZSCORE', flowOf(placement, tenant), id)
if not own then return nil end
local group
for _, each in ipairs(redis.call('ZREVRANGEBYSCORE', base .. ':groups', '+inf', '-inf', 'LIMIT', 0, ${mostLooks})) do
  if carries(each, placement) then
    group = each
    break
  end
end
local placements = { placement }
if group then
  for _, each in ipairs(redis.call('SMEMBERS', base .. ':placements')) do
    if each ~= placement and carries(group, each) then table.insert(placements, each) end
  end
end
local ahead, more, looks = 0, 0, 0
for _, each in ipairs(placements) do
  ahead = ahead + redis.call('ZCOUNT', flowOf(each, tenant), '-inf', '(' .. own)
  looks = looks + 1
end
local function startOf(each) return group and tonumber(redis.call('ZSCORE', base .. ':turns:' .. group, each)) or 0 end
local start = startOf(tenant) + ahead / weightOf(weights, tenant)
local others = {}
if group then
  local turns = redis.call('ZRANGEBYSCORE', base .. ':turns:' .. group, '-inf', string.format('%.17g', start), 'WITHSCORES',
    'LIMIT', 0, ${mostLooks})
  for at = 1, #turns, 2 do table.insert(others, { turns[at], tonumber(turns[at + 1]) }) end
else
  for _, each in ipairs(redis.call('SRANDMEMBER', tenantsOf(placement), ${mostLooks})) do table.insert(others, { each, 0 }) end
end
if #others == ${mostLooks} then more = 1 end
for _, other in ipairs(others) do
  local name, begin = other[1], other[2]
  if name ~= tenant then
    if looks >= ${mostLooks} then
      more = 1
      break
    end
    local waits = 0
    for _, each in ipairs(placements) do
      waits = waits + redis.call('ZCARD', flowOf(each, name))
      looks = looks + 1
    end
    local turns = (start - begin) * weightOf(weights, name)
    local before = math.ceil(turns)
    if before == turns and name < tenant then before = before + 1 end
    ahead = ahead + math.min(waits, before)
  end
end
return reply(ahead, more, '')
`);
