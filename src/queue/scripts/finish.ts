import { luaFlows } from './parts/lua-flows.ts';
import { luaTransition } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * KEYS: execution, leases, finished, waiting, delayed, live log, channel and stream of the answer (absent: nothing is sent).
 * ARGV: base, events, id, fence ('' to finish one that still waits), outcome, code, answer, bound of the stream,
 * ms after which the stream may go (0: it stays), ms for which followers may still read the live log, why it failed.
 * Returns 1, 0 when the attempt no longer counts, or 2 when it was to be canceled and the outcome says otherwise. Recording and answering are one step: neither happens alone.
 */
export const finishScript = defineScript(`${luaTransition}${luaFlows}
local id = ARGV[3]
local found = redis.call('HMGET', KEYS[1], 'fence', 'state', 'cancel')
if not found[2] or found[2] == 'finished' then return 0 end
if ARGV[4] == '' then
  if found[2] ~= 'queued' then return 0 end
elseif found[1] ~= ARGV[4] or found[2] == 'queued' then
  return 0
elseif ARGV[6] ~= 'CANCELED' and found[3] then
  return 2
end
redis.call('HSET', KEYS[1], 'outcome', ARGV[5], 'code', ARGV[6], 'finished', now)
if ARGV[11] ~= '' then redis.call('HSET', KEYS[1], 'reason', ARGV[11]) end
redis.call('HDEL', KEYS[1], 'progress')
redis.call('ZREM', KEYS[2], id)
redis.call('ZREM', KEYS[4], id)
redis.call('ZREM', KEYS[5], id)
if found[2] == 'queued' then dequeue(id, flowNamesOf(id)) end
redis.call('ZADD', KEYS[3], now, id)
redis.call('PEXPIRE', KEYS[6], ARGV[10])
transition(id, 'finished', { code = ARGV[6] })
if not KEYS[7] then return 1 end
redis.call('PUBLISH', KEYS[7], ARGV[7])
redis.call('XADD', KEYS[7], 'MAXLEN', '~', ARGV[8], '*', 'response', ARGV[7])
if ARGV[9] ~= '0' then redis.call('PEXPIRE', KEYS[7], ARGV[9]) end
return 1
`);
