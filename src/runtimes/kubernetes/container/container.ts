import { constants } from 'node:os';
import { z } from 'zod';
import { awaitWithSignal, expectRejection } from '../../../support/abort/await-with-signal.ts';
import { ExecError } from '../../../support/exec-error.ts';
import { settlesWithin } from '../../../support/time/deadline.ts';
import {
  type StepEnd,
  type StepState,
  startOutcomeSchema,
  stepEndSchema,
  stepStateSchema,
} from '../../../wire/pod/pod.ts';
import type { Exit } from '../../../wire/record/record.ts';
import { createOutputDelay } from '../../output-delay.ts';
import type { Container } from '../../runtime.ts';
import type { PodLine } from '../keep/pod-line.ts';
import { disruptionOf } from '../pods/pod-schema.ts';
import type { PodWatch } from '../pods/watch-pods.ts';
import { explainStart } from './explain-start.ts';
import { findDisruption, throwIfOverDisk } from './find-disruption.ts';
import { readExit, readVanished } from './read-exit.ts';
import { readLogs } from './read-logs.ts';
import { unlessVanished, untilVanished } from './until-vanished.ts';

/** What is recorded of a step's container. */
export const containerHandleSchema = z.object({
  step: z.string(),
  /** For messages. */
  command: z.string(),
  stdin: z.string().exactOptional(),
  stdout: z.string().exactOptional(),
  stderr: z.string().exactOptional(),
  stopSignal: z.number(),
});

export type ContainerHandle = z.infer<typeof containerHandleSchema>;

export interface ContainerOptions {
  readonly handle: ContainerHandle;
  readonly line: PodLine;
  readonly watch: PodWatch;
  readonly podName: string;
  /** Aborted when the runtime detaches. */
  readonly closed: AbortSignal;
}

const killWaitMs = 10_000;
const nothing = z.object({});

export async function readStates(line: PodLine, signal: AbortSignal): Promise<readonly StepState[]> {
  return line.ask({ method: 'GET', path: '/steps', schema: z.array(stepStateSchema), signal });
}

/** A step of a pod whose order keep has. */
export function openContainer({ handle, line, watch, podName, closed }: ContainerOptions): Container {
  const { step, stopSignal } = handle;
  const path = (what: string) => `/steps/${step}/${what}`;
  const outputDelay = createOutputDelay();
  let wasKilled = false;
  let ending: Promise<Exit> | undefined;

  const state = async (signal: AbortSignal): Promise<StepState> => {
    const found = (await readStates(line, signal)).find(({ name }) => name === step);
    if (found === undefined) throw new ExecError('INTERNAL', `The pod ${podName} has no ${step}.`);
    return found;
  };

  const exitOf = async (end: StepEnd): Promise<Exit> => {
    if (end.kind !== 'exited') throw explainStart(end, handle);
    const { changedAt } = await state(closed);
    const disruption = end.code === 0 || wasKilled ? undefined : await findDisruption(end, () => state(closed), line);
    if (disruption !== undefined) throwIfOverDisk(disruption, podName);
    return readExit(end, { wasKilled, disruption, endedAt: changedAt });
  };

  /** Resolves where the container has ended and hold could not report it. */
  const vanished = async (signal: AbortSignal): Promise<Exit> => {
    const { exitCode, pod } = await untilVanished({ watch, podName, step, state }, signal);
    const disruption = disruptionOf(pod);
    if (disruption !== undefined) throwIfOverDisk(disruption, podName);
    return readVanished(exitCode, { disruption, endedAt: Date.now() });
  };

  const end = async (): Promise<Exit> => {
    const settled = new AbortController();
    const signal = AbortSignal.any([closed, settled.signal]);
    const reported = line.ask({ method: 'GET', path: path('end'), schema: stepEndSchema, signal }).then(exitOf);
    const gone = vanished(signal);
    expectRejection(reported);
    expectRejection(gone);
    try {
      return await Promise.race([reported, gone]);
    } finally {
      settled.abort(new Error('it has ended'));
    }
  };

  const ended = (): Promise<Exit> => {
    if (ending === undefined) {
      ending = end();
      expectRejection(ending);
    }
    return ending;
  };

  const sendSignal = (signal: number) =>
    line.ask({ method: 'POST', path: path('signal'), body: { signal }, schema: nothing, signal: closed });

  return {
    handle,
    async start(bounds) {
      line.noteStart();
      const body = bounds === undefined ? {} : { bounds };
      const call = { method: 'POST', path: path('start'), body, schema: startOutcomeSchema } as const;
      const outcome = await unlessVanished({ watch, podName, step, state }, closed, (signal) =>
        line.ask({ ...call, signal }),
      );
      if (outcome.kind === 'failed' || outcome.kind === 'refused') throw explainStart(outcome, handle);
    },
    droppedLogBytes: async () => (await state(closed)).droppedBytes,
    logs: ({ signal, ...options }) =>
      readLogs(line, step, { ...options, outputDelay, signal: AbortSignal.any([signal, closed]) }),
    isOutputLate: outputDelay.isLate,
    wait: (signal) => awaitWithSignal(ended(), signal),
    async stop(graceMs) {
      const { isStarted, hasEnded } = await state(closed);
      if (!isStarted || hasEnded) return;
      if (graceMs > 0) {
        await sendSignal(stopSignal);
        if (await settlesWithin(ended(), graceMs)) return;
      }
      wasKilled = true;
      await sendSignal(constants.signals.SIGKILL);
      await settlesWithin(ended(), killWaitMs);
    },
  };
}
