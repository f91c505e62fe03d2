import type { Redis } from 'ioredis';

export interface RedisFigures {
  readonly memoryBytes: number;
  readonly peakBytes: number;
  readonly cpuSeconds: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Calls by command, those of scripts included. */
  readonly calls: ReadonlyMap<string, number>;
}

/** What INFO says of the work since the server started or its statistics were reset. */
export async function readRedis(redis: Redis): Promise<RedisFigures> {
  const info = `${await redis.info()}\r\n${await redis.info('commandstats')}`;
  const number = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  const calls = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
  return {
    memoryBytes: number('used_memory'),
    peakBytes: number('used_memory_peak'),
    cpuSeconds: number('used_cpu_user') + number('used_cpu_sys'),
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
    calls: new Map(calls.map(([, name = '', count]) => [name, Number(count)])),
  };
}
