import { eventsKept } from '../../event-history.ts';

/** `release(base, id, tenant, bytes)`: what an execution took of its tenant's quotas is free again, once. */
const luaRelease = `
local function release(base, id, tenant, bytes)
  if not tenant or redis.call('ZREM', base .. ':index:open:' .. tenant, id) == 0 then return end
  if redis.call('HINCRBY', base .. ':bytes', tenant, -(tonumber(bytes) or 0)) <= 0 then
    redis.call('HDEL', base .. ':bytes', tenant)
  end
end
`;

/**
 * `enlist(base, name, tenant, score, id)` and `delist(base, name, tenant, id)`: an index of all tenants, and the same of
 * the tenant alone.
 */
const luaIndex = `
local function delist(base, name, tenant, id)
  redis.call('ZREM', base .. ':index:' .. name, id)
  if tenant then redis.call('ZREM', base .. ':index:' .. name .. ':' .. tenant, id) end
end
local function enlist(base, name, tenant, score, id)
  redis.call('ZADD', base .. ':index:' .. name, score, id)
  if tenant then redis.call('ZADD', base .. ':index:' .. name .. ':' .. tenant, score, id) end
end
`;

/** Milliseconds by the clock of Redis: the one clock that all agents share. */
export const luaNow = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * The one place where an execution changes its state: record, index and event together.
 * Every script that uses it is given `base` and the channel of events as its first arguments.
 * Nothing in it fails for what a record holds: a script that fails halfway leaves the queue half changed.
 */
export const luaTransition = `${luaNow}${luaRelease}${luaIndex}
local base, events = ARGV[1], ARGV[2]
local function keyOf(id) return base .. ':execution:' .. id end
local function tell(id, meta, state, more)
  if not meta then return end
  local code = more and more.code or ''
  local eventId = redis.call('XADD', base .. ':events', 'MAXLEN', '~', ${eventsKept}, '*',
    'execution', id, 'state', state, 'at', string.format('%.0f', now), 'code', code)
  local event = string.sub(meta, 1, -2) .. ',"state":"' .. state .. '","at":' .. string.format('%.0f', now)
  for name, value in pairs(more or {}) do event = event .. ',"' .. name .. '":' .. cjson.encode(value) end
  redis.call('PUBLISH', events, event .. ',"event_id":"' .. eventId .. '"}')
end
local function transition(id, state, more)
  local found = redis.call('HMGET', keyOf(id), 'state', 'submitted', 'meta', 'tenant', 'bytes')
  if found[1] ~= state then
    local submitted = tonumber(found[2]) or now
    delist(base, 'state:' .. (found[1] or ''), found[4], id)
    enlist(base, 'state:' .. state, found[4], submitted, id)
    redis.call('HSET', keyOf(id), 'state', state)
    if state == 'running' then redis.call('HSET', keyOf(id), 'started', now) end
    if state == 'finished' then
      release(base, id, found[4], found[5])
      enlist(base, 'code:' .. more.code, found[4], submitted, id)
    end
  end
  tell(id, found[3], state, more)
end
`;

/**
 * `requeue(id, due)`: back to the queue, at once (due 0) or at that time; the attempt that held it before no longer counts.
 * Needs the flows: in `waiting`, agents of an older version would take it without a look at its labels.
 */
export const luaRequeue = `
local function requeue(id, due, more)
  local key = keyOf(id)
  redis.pcall('HINCRBY', key, 'fence', 1)
  redis.call('HDEL', key, 'progress')
  redis.call('ZREM', base .. ':leases', id)
  if due > now then
    redis.call('ZADD', base .. ':delayed', due, id)
  else
    local placement, tenant = flowNamesOf(id)
    enqueue(id, placement, tenant, tonumber(textOf(id, 'score') or '') or 0)
  end
  transition(id, 'queued', more)
  redis.call('PUBLISH', base .. ':wake', '')
end
`;

/**
 * `unlist(base, id)`: removes a finished execution from every index that it is in, even if its record is damaged; returns
 * its tenant, false if that is unknown.
 * `forget(base, id)`: removes the record of a finished execution from wherever it is.
 */
export const luaForget = `${luaRelease}${luaIndex}
local function unlist(base, id)
  local found = redis.pcall('HMGET', base .. ':execution:' .. id, 'indexes', 'tenant', 'bytes', 'correlation', 'code', 'log')
  if found.err then found = {} end
  release(base, id, found[2], found[3])
  local indexes = found[1] or ''
  for index in string.gmatch(indexes, '[^\\n]+') do redis.call('ZREM', base .. ':index:' .. index, id) end
  redis.call('ZREM', base .. ':index:all', id)
  if found[4] and redis.pcall('GET', found[4]) == id then redis.call('DEL', found[4]) end
  delist(base, 'state:finished', found[2], id)
  if found[5] then delist(base, 'code:' .. found[5], found[2], id) end
  for place, name in string.gmatch(found[6] or '', '([^\\n]+)\\n([^\\n]+)\\n') do
    redis.call('SADD', base .. ':logs:' .. place, name)
  end
  return found[2]
end
local function forget(base, id)
  unlist(base, id)
  redis.call('DEL', base .. ':execution:' .. id)
end
`;
