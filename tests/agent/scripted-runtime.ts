import type { Program } from '../../src/runtimes/known-escapes.ts';
import type {
  Container,
  LogChunk,
  NetworkCounts,
  RecoverOptions,
  Runtime,
  Sandbox,
  SandboxSpec,
  StartBounds,
  Usage,
  WarmCounts,
} from '../../src/runtimes/runtime.ts';
import { awaitWithSignal } from '../../src/support/abort/await-with-signal.ts';
import type { ExecError } from '../../src/support/exec-error.ts';
import { delay } from '../../src/support/time/deadline.ts';
import { deferred } from '../../src/support/time/deferred.ts';
import type { Input } from '../../src/wire/plan/plan.ts';
import type { Collected, Exit } from '../../src/wire/record/record.ts';

/** What one container does. */
export interface StepScript {
  readonly output?: readonly { readonly stream: 'stdout' | 'stderr'; readonly text: string }[];
  /** Before each piece of output. */
  readonly outputPauseMs?: number;
  /** What the driver has dropped of the output before it was read. */
  readonly droppedBytes?: number | 'unknown';
  readonly exit?: Exit;
  /** Runs until it is stopped, then exits with 143. */
  readonly runsUntilStopped?: boolean;
  readonly startError?: ExecError;
}

/** What the scripted runtime does; what one container does holds for all of them. */
export interface Script extends StepScript {
  /** What the container of each step does, where it differs. */
  readonly steps?: readonly StepScript[];
  /** Goes on until the execution is canceled. */
  readonly hangsIn?: 'pull' | 'stage';
  readonly pullError?: ExecError;
  /** Each pull takes the next of these, until none is left. */
  readonly pullErrors?: Iterator<ExecError>;
  readonly stageError?: ExecError;
  /** How many bytes the inputs are said to have. */
  readonly stagedBytes?: number;
  readonly networks?: NetworkCounts;
  /** A container is created when it has resolved. */
  readonly onCreate?: () => Promise<void>;
  readonly warm?: WarmCounts;
  readonly onStart?: () => void;
  readonly collected?: Partial<Collected>;
  /** The outputs are collected when it has resolved. */
  readonly onCollect?: () => Promise<void>;
  /** The content of the writable volumes at each look; absent: they cannot be read. */
  readonly usage?: () => Usage;
  /** Names of those that are there. */
  readonly ociRuntimes?: readonly string[];
  readonly programs?: readonly Program[];
  readonly recoverError?: ExecError;
  /** Nothing is found again after a crash. */
  readonly gone?: boolean;
  /** The containers that are not found again, by the order of their creation. */
  readonly goneContainers?: readonly number[];
}

export interface ScriptedRuntime extends Runtime {
  /** What was called, in order. */
  readonly calls: readonly string[];
  readonly staged: readonly Input[];
  /** With which each sandbox was opened. */
  readonly specs: readonly SandboxSpec[];
  /** With which each container was started. */
  readonly bounds: readonly (StartBounds | undefined)[];
  /** With which each sandbox was recovered. */
  readonly recoveries: readonly RecoverOptions[];
}

const nothingCollected: Collected = { files: [], missing: [], uploads: [], failures: [], warnings: [] };

/** A driver that plays a script: for what is about the journey and not about containers. */
export function createScriptedRuntime(script: Script = {}): ScriptedRuntime {
  const { networks, warm } = script;
  const calls: string[] = [];
  const staged: Input[] = [];

  const specs: SandboxSpec[] = [];
  const bounds: (StartBounds | undefined)[] = [];
  const recoveries: RecoverOptions[] = [];
  let created = 0;

  const container = (index: number): Container => {
    const step = { ...script, ...script.steps?.[index] };
    const { output, outputPauseMs, droppedBytes = 0, exit, runsUntilStopped, startError } = step;
    const stopped = deferred<Exit>();
    return {
      handle: { container: 'scripted', index },
      async start(given) {
        calls.push('start');
        bounds.push(given);
        script.onStart?.();
        if (startError !== undefined) throw startError;
      },
      droppedLogBytes: async () => droppedBytes,
      async *logs() {
        for (const { stream, text } of output ?? []) {
          if (outputPauseMs !== undefined) await delay(outputPauseMs);
          yield { stream, time: 0, data: Buffer.from(text), position: '' } satisfies LogChunk;
        }
      },
      wait(signal) {
        if (runsUntilStopped !== true) return Promise.resolve(exit ?? { code: 0, reason: 'exited' });
        return awaitWithSignal(stopped.promise, signal);
      },
      async stop() {
        calls.push('stop');
        stopped.resolve({ code: 143, reason: 'exited' });
      },
    };
  };

  const { usage } = script;
  const sandbox: Sandbox = {
    handle: { sandbox: 'scripted' },
    usage: usage === undefined ? undefined : async () => usage(),
    async stage(inputs, signal) {
      calls.push('stage');
      if (script.hangsIn === 'stage') await awaitWithSignal(deferred().promise, signal);
      if (script.stageError !== undefined) throw script.stageError;
      staged.push(...inputs);
      return { files: inputs.length, bytes: script.stagedBytes ?? 0, warnings: [] };
    },
    async create() {
      calls.push('create');
      await script.onCreate?.();
      created += 1;
      return container(created - 1);
    },
    async recoverContainer({ index }) {
      const found = typeof index === 'number' ? index : 0;
      if (script.goneContainers?.includes(found) === true) return undefined;
      created = Math.max(created, found + 1);
      return container(found);
    },
    async collect() {
      calls.push('collect');
      await script.onCollect?.();
      return { ...nothingCollected, ...script.collected };
    },
    async remove() {
      calls.push('remove');
    },
  };

  return {
    name: 'scripted',
    calls,
    staged,
    specs,
    bounds,
    recoveries,
    capabilities: { place: 'machine', hostImage: false, openNetwork: false, limits: true, gpus: false },
    images: {
      async ensure(reference, { signal }) {
        calls.push('ensure');
        if (script.hangsIn === 'pull') await awaitWithSignal(deferred().promise, signal);
        if (script.pullError !== undefined) throw script.pullError;
        const next = script.pullErrors?.next();
        if (next?.done === false) throw next.value;
        return { reference, digest: 'sha256:0' };
      },
      list: async () => [],
      prune: async () => [],
    },
    programs: async () => script.programs ?? [],
    lacksOciRuntime: async (name) => (script.ociRuntimes?.includes(name) === true ? undefined : 'it is a script'),
    probe: async () => ({ ok: true, reason: 'it is a script' }),
    servesContainers: async () => ({ ok: true }),
    ...(networks === undefined ? {} : { networkCounts: () => networks }),
    ...(warm === undefined ? {} : { warmCounts: () => warm }),
    async openSandbox(spec) {
      calls.push('open');
      specs.push(spec);
      return sandbox;
    },
    async recoverSandbox(_handle, options) {
      recoveries.push(options);
      if (script.recoverError !== undefined) throw script.recoverError;
      return script.gone === true ? undefined : sandbox;
    },
    sweep: async () => [],
    close: async () => undefined,
  };
}
