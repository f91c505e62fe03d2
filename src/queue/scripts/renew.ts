import { luaNow } from './parts/lua-parts.ts';
import { defineScript } from './parts/script.ts';

/** KEYS: leases. ARGV: base, lease ms, then id and fence of each. Returns the ids that were lost. */
export const renewScript = defineScript(`${luaNow}
local lost = {}
for index = 3, #ARGV, 2 do
  local id, fence = ARGV[index], ARGV[index + 1]
  local found = redis.call('HMGET', ARGV[1] .. ':execution:' .. id, 'fence', 'state')
  if found[1] == fence and found[2] ~= 'finished' and found[2] ~= 'queued' then
    redis.call('ZADD', KEYS[1], now + ARGV[2], id)
  else
    table.insert(lost, id)
  end
end
return lost
`);
