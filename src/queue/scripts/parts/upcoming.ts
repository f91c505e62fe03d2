import { luaFlows, luaGroups } from './lua-flows.ts';
import { luaNow } from './lua-parts.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: placements. ARGV: base, labels of the agent, weights of tenants, number.
 * Returns the ids that an agent with these labels takes next, the first one first.
 */
export const upcomingScript = defineScript(`${luaNow}
local base, group, weights, number = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
${luaFlows}${luaGroups}
local placements = enter(group)
local found = {}
local turns = redis.call('ZRANGE', base .. ':turns:' .. group, 0, number - 1, 'WITHSCORES')
for index = 1, #turns, 2 do
  local tenant, start = turns[index], tonumber(turns[index + 1])
  local ofTenant = {}
  for _, placement in ipairs(placements) do
    local first = redis.call('ZRANGE', flowOf(placement, tenant), 0, number - 1, 'WITHSCORES')
    for at = 1, #first, 2 do table.insert(ofTenant, { id = first[at], at = tonumber(first[at + 1]) }) end
  end
  table.sort(ofTenant, function(one, two) return one.at < two.at end)
  for place = 1, math.min(#ofTenant, number) do
    table.insert(found, { id = ofTenant[place].id, at = start + (place - 1) / weightOf(weights, tenant) })
  end
end
table.sort(found, function(one, two) return one.at < two.at end)
local ids = {}
for place = 1, math.min(#found, number) do ids[place] = found[place].id end
return ids
`);
