import type { Redis } from 'ioredis';
import { z } from 'zod';
import { queueKeys } from '../../../src/queue/keys.ts';

/** KEYS: record. ARGV: id, number of copies, base of the keys, then the indexes. Each copy is a second older than the one before. */
const cloneScript = `
local id, count, base = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local fields = redis.call('HGETALL', KEYS[1])
local submitted = tonumber(redis.call('HGET', KEYS[1], 'submitted'))
local pattern = string.gsub(id, '%-', '%%-')
for number = 1, count do
  local copy = string.format('%08x', number) .. string.sub(id, 9)
  local at = submitted - number * 1000
  local values = {}
  for index = 1, #fields, 2 do
    values[index] = fields[index]
    values[index + 1] = fields[index] == 'submitted' and at or string.gsub(fields[index + 1], pattern, copy)
  end
  redis.call('HSET', base .. ':execution:' .. copy, unpack(values))
  for index = 4, #ARGV do redis.call('ZADD', ARGV[index], at, copy) end
end
`;

/** Puts copies of a finished execution into Redis, as if they had been submitted before it. */
export async function cloneExecutions(redis: Redis, prefix: string, id: string, count: number): Promise<void> {
  const keys = queueKeys(prefix);
  const indexes: string[] = [];
  for await (const names of redis.scanStream({ match: keys.index('*'), count: 1000 }))
    for (const name of z.array(z.string()).parse(names))
      if ((await redis.zscore(name, id)) !== null) indexes.push(name);
  await redis.eval(cloneScript, 1, keys.execution(id), id, count, keys.base, ...indexes);
}
