import type { Runtime } from '../../runtimes/runtime.ts';
import type { Failure } from '../../wire/record/record.ts';
import type { Config } from '../config/config-schema.ts';
import { workDirOf } from '../runtime/claim-places.ts';
import { createRoomWatch } from './watch-room.ts';
import { createRuntimeWatch } from './watch-runtime.ts';
import { createShortageWatch } from './watch-shortage.ts';

const holdMs = 1000;
const probeMs = 10_000;

export interface TroubleWatch {
  /** Why this agent takes no work at present; undefined when it does. */
  trouble(): Promise<string | undefined>;
  /** Learns from an execution whether the runtime is away. */
  note(failure: Failure | undefined): void;
}

/** Watches the runtime and what the host has left. */
export function watchTrouble(config: Config, runtime: Runtime): TroubleWatch {
  const { minFreeDisk, minFreeMemory } = config;
  const shortage = createShortageWatch({ workDir: workDirOf(config), minFreeDisk, minFreeMemory, holdMs });
  const runtimeWatch = createRuntimeWatch(runtime, { probeMs, holdMs });
  const room = createRoomWatch({ runtime, shortage, holdMs });
  return {
    trouble: async () => (await runtimeWatch.trouble()) ?? (await room()),
    note: runtimeWatch.note,
  };
}
