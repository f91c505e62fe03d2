import { luaFlows, luaGroups } from './parts/lua-flows.ts';
import { luaTransition } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * KEYS: waiting, delayed, leases, paused. ARGV: base, events, agent, home, lease ms, labels of the agent, weights of tenants.
 * A record that cannot be read is returned with an empty plan. Returns nil | {id, plan, fence, attempt, submitted, now,
 * cancel asked for (1 or 0), put back, whether more waits that this agent can take (1 or 0)}.
 *
 * What agents of an older version put into the set `waiting`, and what was delayed and is due, is moved into its flow
 * first, a bounded number at a time.
 */
export const takeScript = defineScript(`${luaTransition}${luaFlows}${luaGroups}
if redis.call('EXISTS', KEYS[4]) == 1 then return nil end
local group, weights = ARGV[6], ARGV[7]
local function toFlow(id, score)
  local placement, tenant = flowNamesOf(id)
  enqueue(id, placement, tenant, score)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[2], id)
  toFlow(id, tonumber(textOf(id, 'score') or '') or 0)
end
local back = redis.call('ZPOPMIN', KEYS[1], 100)
for index = 1, #back, 2 do toFlow(back[index], back[index + 1]) end
local placements = enter(group)
local turns, spent = base .. ':turns:' .. group, base .. ':spent:' .. group
local function firstOf(tenant)
  local id, placement, score
  for _, each in ipairs(placements) do
    local first = redis.call('ZRANGE', flowOf(each, tenant), 0, 0, 'WITHSCORES')
    if first[1] and (not id or tonumber(first[2]) < score) then
      id, placement, score = first[1], each, tonumber(first[2])
    end
  end
  return id, placement
end
local function othersWait()
  for _, each in ipairs(placements) do
    if redis.call('EXISTS', tenantsOf(each)) == 1 then return true end
  end
  return false
end
local known = { queued = true, staging = true, running = true, collecting = true, finished = true }
while true do
  local turn = redis.call('ZRANGE', turns, 0, 0, 'WITHSCORES')
  if #turn == 0 then
    leave(group)
    return nil
  end
  local tenant, start = turn[1], tonumber(turn[2])
  local id, placement = firstOf(tenant)
  if not id then
    redis.call('ZREM', turns, tenant)
    if start > clockOf(group) then redis.call('ZADD', spent, start, tenant) end
  else
    dequeue(id, placement, tenant)
    local key = keyOf(id)
    local state = redis.pcall('HGET', key, 'state')
    local fence, attempt = 0, 0
    if state == 'queued' then
      fence, attempt = redis.pcall('HINCRBY', key, 'fence', 1), redis.pcall('HINCRBY', key, 'attempts', 1)
    end
    if not known[state] or type(fence) ~= 'number' or type(attempt) ~= 'number' then
      return { id, '', 0, 0, now, now, 0, 0, 1 }
    end
    if state == 'queued' then
      redis.call('HSET', base .. ':clocks', group, string.format('%.17g', start))
      redis.call('ZADD', turns, start + 1 / weightOf(weights, tenant), tenant)
      redis.call('ZREMRANGEBYSCORE', spent, '-inf', start)
      local more = othersWait()
      if not more then leave(group) end
      redis.call('HSET', key, 'agent', ARGV[3], 'home', ARGV[4])
      redis.call('ZADD', KEYS[3], now + ARGV[5], id)
      transition(id, 'staging', { agent = ARGV[3], attempt = attempt })
      local found = redis.call('HMGET', key, 'plan', 'submitted', 'cancel', 'put_back')
      local canceled, put_back = found[3] and 1 or 0, tonumber(found[4]) or 0
      more = more or redis.call('EXISTS', KEYS[1], KEYS[2]) > 0
      return { id, found[1] or '', fence, attempt, tonumber(found[2]) or now, now, canceled, put_back, more and 1 or 0 }
    end
  end
end
`);
