import { z } from 'zod';
import type { AnyRedis } from '../../support/any-redis.ts';
import { readJson } from '../../support/json/read-json.ts';
import { executionOriginSchema } from '../../wire/live.ts';
import type { QueueKeys } from '../keys.ts';
import type { SetAside } from '../queue-options.ts';
import { runScript } from '../scripts/parts/script.ts';
import { setAsideScript } from '../scripts/set-aside.ts';

const foundSchema = z.tuple([z.string(), z.string()]).nullable();

export interface SetAsideOptions {
  readonly redis: AnyRedis;
  readonly keys: QueueKeys;
  /** How long the record can still be looked at, in milliseconds. */
  readonly keepMs: number;
  /** Called with each. */
  readonly onSetAside: (record: SetAside) => void;
}

/** Takes records that cannot be read out of the way of all others; they are kept as they were for a while. */
export function createSetAside({ redis, keys, keepMs, onSetAside }: SetAsideOptions) {
  return async (id: string, problem: string): Promise<void> => {
    const touched = [keys.execution(id), keys.aside(id)];
    const found = foundSchema.parse(await runScript(redis, setAsideScript, touched, [keys.base, id, keepMs]));
    if (found === null) return;
    const [state, metaText] = found;
    const { data: origin } = readJson(metaText, executionOriginSchema);
    onSetAside({
      id,
      problem,
      isFinished: state === 'finished',
      tenant: origin?.tenant,
      gateway: origin?.gateway,
      correlationId: origin?.correlationId ?? null,
    });
  };
}
