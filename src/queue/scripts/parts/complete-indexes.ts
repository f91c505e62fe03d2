import { defineScript } from './script.ts';

/**
 * KEYS: tenant's own index, its open executions. ARGV: base, tenant, ms until the next time at the earliest, states of
 * open executions and codes, both joined by commas. Returns 1 when it made the indexes anew.
 *
 * Agents of an older version keep the indexes of states and codes for all tenants together only. Where those of the tenant
 * do not add up, they are made from these. One whose record is damaged may never add up, so it is not done all the time.
 */
export const completeIndexesScript = defineScript(`
local base, tenant = ARGV[1], ARGV[2]
local function ofAll(name) return base .. ':index:' .. name end
local function ofTenant(name) return ofAll(name) .. ':' .. tenant end
local function namesOf(kind, list)
  local names = {}
  for name in string.gmatch(list, '[^,]+') do table.insert(names, kind .. ':' .. name) end
  return names
end
local function sizeOf(names)
  local size = 0
  for _, name in ipairs(names) do size = size + redis.call('ZCARD', ofTenant(name)) end
  return size
end
local open, finished, codes = namesOf('state', ARGV[4]), { 'state:finished' }, namesOf('code', ARGV[5])
local sizeOfOpen = redis.call('ZCARD', KEYS[2])
local sizeOfFinished = redis.call('ZCARD', KEYS[1]) - sizeOfOpen
if sizeOf(open) == sizeOfOpen and sizeOf(finished) == sizeOfFinished and sizeOf(codes) == sizeOfFinished then return 0 end
if not redis.call('SET', base .. ':completed:' .. tenant, '', 'NX', 'PX', ARGV[3]) then return 0 end
for _, names in ipairs({ open, finished, codes }) do
  for _, name in ipairs(names) do
    redis.call('ZINTERSTORE', ofTenant(name), 2, KEYS[1], ofAll(name), 'AGGREGATE', 'MIN')
  end
end
return 1
`);
