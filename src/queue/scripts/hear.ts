import { luaNow } from './lua-parts.ts';
import { defineScript } from './script.ts';

/**
 * Every agent hears every published message, so each counts its own hearings: the message was sent as often as the
 * agent that heard it most. An agent that started later has heard less; after the echo time it counts along.
 * `hear(…, more)` returns `first`, `again` or `echo`, and keeps further fields unless it is an echo.
 */
export const luaHear = `
local function hear(key, agent, window, echo, more)
  local by = 'by:' .. agent
  local found = redis.call('HMGET', key, 'sent', 'at', by)
  local sent, heard = tonumber(found[1] or 0), tonumber(found[3] or 0) + 1
  if heard <= sent and now - found[2] <= echo then
    redis.call('HSET', key, by, heard)
    return 'echo'
  end
  if heard <= sent then heard = sent + 1 end
  redis.call('HSET', key, by, heard, 'sent', heard, 'at', now, unpack(more or {}))
  redis.call('PEXPIRE', key, window)
  return sent == 0 and 'first' or 'again'
end
`;

/** KEYS: heard. ARGV: agent, window ms, echo ms. Returns the hearing. */
export const hearScript = defineScript(`${luaNow}${luaHear}
return hear(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]))
`);
