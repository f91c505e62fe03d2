import { luaNow } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/**
 * Every agent receives every published message, so each counts its own deliveries: the message was sent as often as the
 * agent with the most deliveries received it. An agent that started later has fewer; after the echo time it counts along.
 * `recordDelivery(…, more)` returns `first`, `again` or `echo`, and keeps further fields unless it is an echo.
 */
export const luaRecordDelivery = `
local function recordDelivery(key, agent, window, echo, more)
  local by = 'by:' .. agent
  local found = redis.call('HMGET', key, 'sent', 'at', by)
  local sent, received = tonumber(found[1] or 0), tonumber(found[3] or 0) + 1
  if received <= sent and now - found[2] <= echo then
    redis.call('HSET', key, by, received)
    return 'echo'
  end
  if received <= sent then received = sent + 1 end
  redis.call('HSET', key, by, received, 'sent', received, 'at', now, unpack(more or {}))
  redis.call('PEXPIRE', key, window)
  return sent == 0 and 'first' or 'again'
end
`;

/** KEYS: deliveries. ARGV: agent, window ms, echo ms. Returns `first`, `again` or `echo`. */
export const recordDeliveryScript = defineScript(`${luaNow}${luaRecordDelivery}
return recordDelivery(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]))
`);
