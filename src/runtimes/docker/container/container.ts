import { setTimeout as delay } from 'node:timers/promises';
import { ExecError } from '../../../support/exec-error.ts';
import { parseSignal } from '../../command/parse-signal.ts';
import { createOutputDelay } from '../../output-delay.ts';
import type { Container } from '../../runtime.ts';
import { createLayerMeter } from '../data/measure-layer.ts';
import type { DockerLimits } from '../docker-options.ts';
import { retryWhileEngineDown } from '../engine/await-engine.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { containerSchema } from '../engine/engine-schemas.ts';
import { followLogs } from '../logs/follow-logs.ts';
import { logCost } from '../logs/log-cost.ts';
import type { EngineLoss } from '../recovery/engine-loss.ts';
import type { UsageGroups } from '../usage/usage-groups.ts';
import { countMemoryKills } from './await-out-of-memory.ts';
import { readExit, waitForEnd } from './read-exit.ts';
import { startAgain, startOnce } from './start-container.ts';

export interface ContainerOptions {
  readonly engine: Engine;
  readonly limits: DockerLimits;
  readonly id: string;
  /** What it runs, for messages; undefined: what the image says. */
  readonly command: string | undefined;
  readonly image: string;
  /** `maybe`: an agent that vanished was about to start it. */
  readonly started: 'yes' | 'no' | 'maybe';
  /** It ran before it had its command. */
  readonly waited?: boolean | undefined;
  /** Of such a one: begins the command, or makes out whether it was begun. */
  readonly launch?: (() => Promise<void>) | undefined;
  /** The path of the one around its control group, still there when it has ended; absent: what it uses is not known. */
  readonly group?: string | undefined;
  readonly groups: UsageGroups;
  /** Called once it has been started, or could not be. */
  readonly onStarted?: (() => void) | undefined;
}

/** A container that exists in the engine. */
export function openContainer(options: ContainerOptions): Container {
  const { engine, limits, id, command, image, started, waited, launch, onStarted, group, groups } = options;
  const lossesBefore = engine.losses();
  const outputDelay = createOutputDelay();
  let hasStarted = started === 'yes';
  let lossAtStart: EngineLoss | undefined;
  let memoryKillsBefore: number | undefined;

  /** False when there was nobody to send it to. */
  const signalProcess = async (signal: number | 'SIGKILL'): Promise<boolean> => {
    const end = performance.now() + limits.killTimeoutMs;
    for (;;) {
      const answer = await retryWhileEngineDown(engine, limits, new AbortController().signal, () =>
        engine.tell({ method: 'POST', path: `/containers/${id}/kill`, query: { signal } }),
      );
      // 409: it does not run (any more). 404: it is gone altogether.
      if (!answer.ok && [404, 409].includes(answer.status)) return false;
      // An engine that is being stopped, or is just back, may not be able to.
      if (answer.ok || answer.status < 500 || performance.now() > end) {
        valueOrThrow(answer, `send ${signal} to a container`);
        return true;
      }
      await delay(limits.retryPauseMs);
    }
  };

  /** False when there was nobody to send it to, or the engine cannot: it refuses all but SIGKILL where the image names none that exists. */
  const askToEnd = async (): Promise<boolean> => {
    const answer = await retryWhileEngineDown(engine, limits, new AbortController().signal, () =>
      engine.ask({ method: 'GET', path: `/containers/${id}/json` }, containerSchema),
    );
    const name = (answer.ok && answer.value.Config?.StopSignal) || 'SIGTERM';
    const number = parseSignal(name);
    return number !== undefined && signalProcess(number);
  };

  /** True once it has ended, false when it still runs after that time. */
  const endsWithin = async (milliseconds: number): Promise<boolean> => {
    const abort = new AbortController();
    const ended = retryWhileEngineDown(engine, limits, abort.signal, () => waitForEnd(engine, id, abort.signal));
    const late = delay(milliseconds, false, { signal: abort.signal });
    try {
      return await Promise.race([ended.then(() => true), late]);
    } finally {
      abort.abort();
      // The loser of the race rejects with the abort, which says nothing.
      await Promise.allSettled([ended, late]);
    }
  };

  return {
    handle: {
      id,
      image,
      ...(command !== undefined && { command }),
      ...(waited === true && { waited }),
      ...(group !== undefined && { group }),
    },

    async start() {
      if (hasStarted) return;
      try {
        if (started === 'no') memoryKillsBefore = await countMemoryKills(engine.host);
        if (launch !== undefined) await launch();
        else lossAtStart = await (started === 'maybe' ? startAgain : startOnce)({ engine, limits, id, image });
        hasStarted = true;
      } finally {
        onStarted?.();
      }
    },

    droppedLogBytes: async (read) => (logCost(read) < limits.logFileBytes ? 0 : 'unknown'),
    logs: (options) => followLogs(engine, id, options, { ...limits, outputDelay }),
    isOutputLate: outputDelay.isLate,

    async wait(signal) {
      // The engine would say that it has ended, with code 0.
      if (!hasStarted) throw new ExecError('INTERNAL', `Container ${id} was never started.`);
      const recovered = started !== 'no';
      const before = { lossesBefore, memoryKillsBefore, lossAtStart };
      const memoryKillsInside = async () => (group === undefined ? undefined : groups.readMemoryKills(group));
      const watched = { engine, containerId: id, command, limits, recovered, memoryKillsInside };
      const exit = await readExit({ ...watched, ...before }, signal);
      const usage = group === undefined ? undefined : await groups.read(group);
      return usage === undefined ? exit : { ...exit, usage };
    },

    layer: createLayerMeter({ engine, limits, id }),

    async stop(graceMs) {
      if (graceMs > 0 && (await askToEnd()) && (await endsWithin(graceMs))) return;
      if (!(await signalProcess('SIGKILL')) || (await endsWithin(limits.killTimeoutMs))) return;
      const message = `The Docker Engine killed container ${id}, but it still runs after ${limits.killTimeoutMs} ms. Its processes may hang in the kernel.`;
      throw new ExecError('RUNTIME_UNAVAILABLE', message);
    },
  };
}
