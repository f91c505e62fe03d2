import type { Duplex } from 'node:stream';
import type { ZodType } from 'zod';
import { type Channels, openChannels } from '../../support/channels/open-channels.ts';
import { readBounded } from '../../support/channels/read-bounded.ts';
import { ExecError } from '../../support/exec-error.ts';
import { readJson } from '../../support/json/read-json.ts';
import type { Input, Output } from '../../wire/plan/plan.ts';
import {
  type CollectPlan,
  type Fill,
  maxPlanBytes,
  type StagePlan,
  stageReportSchema,
  type Task,
} from '../../wire/pod/keeper.ts';
import { type Collected, collectedSchema } from '../../wire/record/record.ts';
import type { WorkspaceRoots } from '../../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../../workspace/stage-report.ts';
import type { CollectOptions, Sources } from '../api/staging.ts';
import { serveSources } from './serve-sources.ts';

/** A program beside the data, over a connection to it. Its directories are where the program runs, not on this host. */
export interface DataProgram {
  /** @param fills files that exist, which get the content of staged ones */
  stage(
    roots: WorkspaceRoots,
    inputs: readonly Input[],
    signal: AbortSignal,
    fills?: readonly Fill[],
  ): Promise<StageReport>;
  collect(
    roots: WorkspaceRoots,
    outputs: readonly Output[],
    signal: AbortSignal,
    options?: CollectOptions,
  ): Promise<Collected>;
  close(): void;
}

/**
 * Lets the program at the other end of the connection stage and collect, and answers what it asks for meanwhile.
 * Rejects with RUNTIME_UNAVAILABLE when the connection breaks or the program does not keep to the protocol.
 */
export function openDataProgram(connection: Duplex, sources: Sources): DataProgram {
  const channels = openChannels(connection, { side: 'odd', onChannel: serveSources(sources) });
  const { defaultBucket, direct, presign } = sources;
  const limits = presign === undefined ? { ...sources.limits, presignSeconds: 0 } : sources.limits;
  const common = (roots: WorkspaceRoots) => ({
    volumes: Array.from(roots, ([path, directory]) => ({ path, directory })),
    limits,
    defaultBucket,
    direct: direct !== undefined,
  });
  return {
    stage(roots, inputs, signal, fills = []) {
      const plan: StagePlan = { ...common(roots), inputs: [...inputs], fills: [...fills] };
      return order(channels, { task: 'stage' }, { plan, schema: stageReportSchema, signal });
    },
    collect(roots, outputs, signal, { roomBytes, mask } = {}) {
      const plan: CollectPlan = {
        ...common(roots),
        outputs: [...outputs],
        hide: (mask?.values ?? []).map((value) => value.toString('base64')),
        ...(roomBytes === undefined ? {} : { roomBytes }),
      };
      return order(channels, { task: 'collect' }, { plan, schema: collectedSchema, signal });
    },
    close: () => channels.close(),
  };
}

interface Order<Result> {
  readonly plan: StagePlan | CollectPlan;
  readonly schema: ZodType<Result>;
  readonly signal: AbortSignal;
}

async function order<Result>(channels: Channels, task: Task, { plan, schema, signal }: Order<Result>): Promise<Result> {
  signal.throwIfAborted();
  const channel = await channels.open(task);
  const stop = () => channel.fail(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    channel.output.end(JSON.stringify(plan));
    await channel.replied();
    const { data, problem } = readJson(await readBounded(channel.input, maxPlanBytes), schema);
    if (data === undefined)
      throw new ExecError('RUNTIME_UNAVAILABLE', `The program beside the data sent a result that is ${problem}.`);
    return data;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
