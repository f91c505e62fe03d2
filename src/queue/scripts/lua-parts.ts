/** Milliseconds by the clock of Redis: the one clock that all agents share. */
export const luaNow = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * The one place where an execution changes its state: record, index and event together.
 * Every script that uses it is given `base` and the channel of events as its first arguments.
 */
export const luaTransition = `${luaNow}
local base, events = ARGV[1], ARGV[2]
local function keyOf(id) return base .. ':execution:' .. id end
local function tell(meta, state, more)
  local event = string.sub(meta, 1, -2) .. ',"state":"' .. state .. '","at":' .. string.format('%.0f', now)
  for name, value in pairs(more or {}) do event = event .. ',"' .. name .. '":' .. cjson.encode(value) end
  redis.call('PUBLISH', events, event .. '}')
end
local function transition(id, state, more)
  local found = redis.call('HMGET', keyOf(id), 'state', 'submitted', 'meta')
  if found[1] ~= state then
    redis.call('ZREM', base .. ':index:state:' .. found[1], id)
    redis.call('ZADD', base .. ':index:state:' .. state, found[2], id)
    redis.call('HSET', keyOf(id), 'state', state)
    if state == 'finished' then redis.call('ZREM', base .. ':index:open:' .. cjson.decode(found[3]).tenant, id) end
  end
  tell(found[3], state, more)
end
`;

/** `requeue(id, due)`: back to the queue, at once (due 0) or at that time; whoever held it before has no say any more. */
export const luaRequeue = `
local function requeue(id, due, more)
  local key = keyOf(id)
  redis.call('HINCRBY', key, 'fence', 1)
  redis.call('HDEL', key, 'progress')
  redis.call('ZREM', base .. ':leases', id)
  if due > now then
    redis.call('ZADD', base .. ':delayed', due, id)
  else
    redis.call('ZADD', base .. ':waiting', redis.call('HGET', key, 'score'), id)
  end
  transition(id, 'queued', more)
  redis.call('PUBLISH', base .. ':wake', '')
end
`;

/** `forget(id)`: removes the record of a finished execution from wherever it is. */
export const luaForget = `
local function forget(base, id)
  local key = base .. ':execution:' .. id
  local indexes = redis.call('HGET', key, 'indexes')
  for _, index in ipairs(indexes and cjson.decode(indexes) or {}) do
    redis.call('ZREM', base .. ':index:' .. index, id)
  end
  redis.call('ZREM', base .. ':index:state:finished', id)
  redis.call('DEL', key)
end
`;
