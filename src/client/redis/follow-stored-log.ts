import { type LogLine, logLineSchema } from '../../wire/live.ts';
import { executionKeys } from '../../wire/redis-keys.ts';
import { pause } from '../pause.ts';
import { readMessage } from '../read-message.ts';
import type { ClientRedis } from './connect-redis.ts';

export interface StoredLog {
  readonly redis: ClientRedis;
  readonly keyPrefix: string;
  /** False: only what is kept now. */
  readonly follow: boolean;
  readonly signal: AbortSignal | undefined;
}

const pauseMs = 200;
const piecesAtOnce = 100;

/** What agents keep of a log, then what they add, until the execution has finished. */
export async function* followStoredLog(
  executionId: string,
  { redis, keyPrefix, follow, signal }: StoredLog,
): AsyncGenerator<LogLine> {
  const keys = executionKeys(keyPrefix);
  let after = '-';
  for (;;) {
    signal?.throwIfAborted();
    const state = await redis.hget(keys.execution(executionId), 'state');
    const pieces = await redis.xrange(keys.liveLog(executionId), after, '+', 'COUNT', piecesAtOnce);
    for (const [position, [, text = '']] of pieces) {
      after = `(${position}`;
      const line = readMessage(text, logLineSchema);
      if (line !== undefined) yield line;
    }
    if (pieces.length === piecesAtOnce) continue;
    if (!follow || state === null || state === 'finished') return;
    await pause(pauseMs, signal);
  }
}
