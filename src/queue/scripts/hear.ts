import { luaNow } from './lua-parts.ts';
import { defineScript } from './script.ts';

/**
 * Every agent hears every published message, so each counts its own hearings: the message was sent as often as the
 * agent that heard it most. An agent that started later has heard less; after the echo time it counts along.
 * Leaves `hearing` (`first`, `again`, `echo`) in scope.
 */
export const luaHear = `
local function hear(key, agent, window, echo)
  local sent = tonumber(redis.call('HGET', key, 'sent') or '0')
  local at = tonumber(redis.call('HGET', key, 'at') or '0')
  local heard = redis.call('HINCRBY', key, 'by:' .. agent, 1)
  if sent > 0 and heard <= sent and now - at <= echo then return 'echo' end
  if heard <= sent then
    heard = sent + 1
    redis.call('HSET', key, 'by:' .. agent, heard)
  end
  redis.call('HSET', key, 'sent', heard, 'at', now)
  redis.call('PEXPIRE', key, window)
  return sent == 0 and 'first' or 'again'
end
`;

/** KEYS: heard. ARGV: agent, window ms, echo ms. Returns the hearing. */
export const hearScript = defineScript(`${luaNow}${luaHear}
return hear(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]))
`);
