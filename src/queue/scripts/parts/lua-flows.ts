/**
 * What waits is kept in flows: one sorted set for each tenant and placement, in the order of priority and arrival. Needs
 * `base`. A placement is text such as `gpu=a100,zone=b`, '' for any agent, and so are the labels of an agent.
 *
 * Tenants take turns by start-time fair queueing, in each group of agents with equal labels: an execution that starts at
 * the virtual time S ends at S + 1/weight, the tenant with the earliest start is next, and the clock of the group is the
 * start of the last one. Groups have clocks of their own, so that a fast one does not hold up a tenant in a slow one.
 * A group is known while something waits for it; `spent` holds turns that tenants without a request have used in advance.
 */
export const luaFlows = `
local function flowOf(placement, tenant) return base .. ':waiting:' .. placement .. ':' .. tenant end
local function tenantsOf(placement) return base .. ':tenants:' .. placement end
local function carries(labels, placement)
  for label in string.gmatch(placement, '[^,]+') do
    if not string.find(',' .. labels .. ',', ',' .. label .. ',', 1, true) then return false end
  end
  return true
end
local function textOf(id, field)
  local value = redis.pcall('HGET', base .. ':execution:' .. id, field)
  return type(value) == 'string' and value
end
local function flowNamesOf(id)
  local placement = textOf(id, 'placement') or ''
  return string.find(placement, '=', 1, true) and placement or '', textOf(id, 'tenant') or ''
end
local function clockOf(group) return tonumber(redis.call('HGET', base .. ':clocks', group)) or 0 end
local function join(group, tenant)
  local spent = tonumber(redis.call('ZSCORE', base .. ':spent:' .. group, tenant)) or 0
  redis.call('ZADD', base .. ':turns:' .. group, 'NX', math.max(clockOf(group), spent), tenant)
  redis.call('ZREM', base .. ':spent:' .. group, tenant)
end
local function enqueue(id, placement, tenant, score)
  redis.call('ZADD', flowOf(placement, tenant), score, id)
  if redis.call('SADD', tenantsOf(placement), tenant) == 0 then return end
  redis.call('SADD', base .. ':placements', placement)
  for _, group in ipairs(redis.call('ZRANGE', base .. ':groups', 0, -1)) do
    if carries(group, placement) then join(group, tenant) end
  end
end
local function dequeue(id, placement, tenant)
  local flow, tenants = flowOf(placement, tenant), tenantsOf(placement)
  redis.call('ZREM', flow, id)
  if redis.call('EXISTS', flow) == 1 then return end
  redis.call('SREM', tenants, tenant)
  if redis.call('EXISTS', tenants) == 0 then redis.call('SREM', base .. ':placements', placement) end
end
`;

/**
 * `enter(group)`: the placements that agents of the group can take, after which each tenant that waits for them has a turn.
 * `leave(group)`: forgets the group. `weightOf(weights, tenant)`: of `a=3,b=0.5`; 1 for the others.
 */
export const luaGroups = `
local function leave(group)
  redis.call('DEL', base .. ':turns:' .. group, base .. ':spent:' .. group)
  redis.call('HDEL', base .. ':clocks', group)
  redis.call('ZREM', base .. ':groups', group)
end
local function enter(group)
  local silentMs = 3600000
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', base .. ':groups', '-inf', now - silentMs)) do leave(gone) end
  local placements = {}
  for _, placement in ipairs(redis.call('SMEMBERS', base .. ':placements')) do
    if carries(group, placement) then table.insert(placements, placement) end
  end
  if redis.call('ZADD', base .. ':groups', now, group) == 1 then
    for _, placement in ipairs(placements) do
      for _, tenant in ipairs(redis.call('SMEMBERS', tenantsOf(placement))) do join(group, tenant) end
    end
  end
  return placements
end
local function weightOf(weights, tenant)
  local _, last = string.find(',' .. weights, ',' .. tenant .. '=', 1, true)
  return last and tonumber(string.match(weights, '^[%d.]+', last)) or 1
end
`;
