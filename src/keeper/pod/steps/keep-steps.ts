import { readFile, rename, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { canAccess } from '../../../support/files/can-access.ts';
import { readIfThere } from '../../../support/files/read-if-there.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { deferred } from '../../../support/time/deferred.ts';
import {
  type HoldOrder,
  holdOrderSchema,
  type StartBounds,
  type StepState,
  startRequestSchema,
} from '../../../wire/pod/pod.ts';
import type { HoldEvent } from '../../hold/hold-events.ts';
import { listenForHolds } from '../../hold/hold-line.ts';
import { driveStep, type Ended, isEnd, type KeptStep, noteGrowth } from './drive-step.ts';
import { openStepFile, type StepFile } from './step-file.ts';

type Users = Extract<HoldEvent, { kind: 'users' }>;

export interface KeepStepsOptions {
  /** Outlives this process, and no step sees it. */
  readonly ownDirectory: string;
  /** In memory and seen by no step, because orders may have secrets; outlives this process as well. */
  readonly ordersDirectory: string;
  /** Shared with the containers of the steps. */
  readonly lineDirectory: string;
  readonly nonce: string;
  readonly steps: readonly string[];
  /** Bound of one step's stdout and stderr together. */
  readonly logBytes: number;
  /** Rejects where the pod's network is open to a command that has none of its own. Absent: it is not looked at. */
  readonly checkNetwork?: () => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
}

/** The steps of a pod. All that is known of them is on disk, so another process can go on with it. */
export interface KeptSteps {
  has(step: string): boolean;
  /** The users and groups of the step's image, once its container has started. */
  users(step: string): Promise<Users>;
  /** What is known of each step, in order. */
  states(): Promise<readonly Omit<StepState, 'isEnding'>[]>;
  /** Stores an order for a later start; the first one counts. */
  order(step: string, order: HoldOrder): Promise<void>;
  /**
   * Executes the step's command, once however often it is called: the first order is the one that counts.
   * @param order absent: the one that is stored
   * @param bounds for `bounds`, and the same for a process after this one
   * @returns once the command is executed, or why it is not
   * @throws Error when the command would see another network than the order says, there is no order, or the start cannot be
   * written down
   */
  start(step: string, order?: HoldOrder, bounds?: StartBounds): Promise<'begun' | Ended>;
  /** The bounds of a step that was started; undefined: it has none. */
  bounds(step: string): Promise<StartBounds | undefined>;
  /** How the step ended. @throws as `start` */
  ended(step: string): Promise<Ended>;
  /** Whether nothing more will be added to the step's file, or it is not going to be executed. */
  hasEnded(step: string): boolean;
  /** Whether `start` was called, also in a process before this one: the command may have run. */
  wasStarted(step: string): Promise<boolean>;
  signal(step: string, number: number): void;
  /** Wants a connection to a port of the command that runs, under a number; false when none runs. */
  connect(port: number, number: number): boolean;
  /** The step's output and state. */
  file(step: string): StepFile;
  /** Resolves when something was added to the step's file after the call. */
  grown(step: string): Promise<void>;
  /** Ends what runs and what waits; nothing more is needed of the steps. */
  end(): void;
  close(): Promise<void>;
}

/** @throws Error when the files of the steps cannot be opened */
export async function keepSteps(options: KeepStepsOptions): Promise<KeptSteps> {
  const { ownDirectory, lineDirectory, nonce, logBytes, onTrouble } = options;
  const kept = new Map<string, KeptStep>();
  for (const step of options.steps) {
    const file = await openStepFile(join(ownDirectory, `${step}.events`), logBytes);
    kept.set(step, { file, growth: deferred() });
  }
  const orderFile = (step: string) => join(options.ordersDirectory, `${step}.json`);
  const storedOrder = async (step: string): Promise<HoldOrder | undefined> => {
    if (!(await canAccess(orderFile(step)))) return undefined;
    const { data, problem } = readJson(await readFile(orderFile(step), 'utf8'), holdOrderSchema);
    if (problem !== undefined) throw new Error(`the order of the step cannot be read: ${problem}`);
    return data;
  };
  const wasStarted = async (name: string) => of(name).starting !== undefined || (await canAccess(startedFile(name)));
  const startedFile = (step: string) => join(ownDirectory, `${step}.started`);
  const of = (step: string): KeptStep => {
    const found = kept.get(step);
    if (found === undefined) throw new RangeError(`the pod has no step ${JSON.stringify(step)}`);
    return found;
  };
  const begin = async (name: string, order: HoldOrder | undefined, bounds: StartBounds | undefined) => {
    const wanted = (await storedOrder(name)) ?? order;
    if (wanted === undefined) throw new Error('the step has no order');
    if (!wanted.ownNetwork) await options.checkNetwork?.();
    // A start that is repeated with other bounds does not change those of the first.
    if (!(await canAccess(startedFile(name)))) await writeWhole(startedFile(name), JSON.stringify({ bounds }));
    const step = of(name);
    step.order = wanted;
    driveStep(step);
  };
  const hasEnded = (name: string) => of(name).problem !== undefined || of(name).file.events().some(isEnd);
  /** Waits for an event that may be there already. */
  const until = async <T extends HoldEvent>(step: string, isWanted: (event: HoldEvent) => event is T): Promise<T> => {
    const { file } = of(step);
    for (;;) {
      const { growth, problem } = of(step);
      const found = file.events().find(isWanted);
      if (found !== undefined) return found;
      if (problem !== undefined) throw problem;
      await growth.promise;
    }
  };
  const line = await listenForHolds({
    directory: lineDirectory,
    nonce,
    onTrouble,
    newestOf: (step) => of(step).file.newest(),
    onHello(hello, handle) {
      const step = of(hello.step);
      // A container that was made anew has begun from nothing: what ran before must not run again.
      if (hello.newest < step.file.newest()) {
        handle.quit();
        throw new RangeError(`another hold of ${hello.step} connected`);
      }
      step.hold = { handle, state: hello.state, isConnected: true };
      driveStep(step);
      if (step.signal !== undefined) handle.signal(step.signal);
    },
    onGone(name, handle) {
      // Of a step that the pod does not have, the hello was refused.
      const hold = kept.get(name)?.hold;
      if (hold?.handle === handle) hold.isConnected = false;
    },
    async onEvent(name, event) {
      const step = of(name);
      await step.file.append(event);
      const last = step.file.events().at(-1);
      if (last?.kind === 'ready' && step.hold?.state === 'waiting') step.hold.state = 'ready';
      if (last?.kind === 'begun' && step.hold?.state === 'ready') step.hold.state = 'running';
      driveStep(step);
      noteGrowth(step);
    },
  });
  return {
    has: (step) => kept.has(step),
    hasEnded,
    users: (step) => until(step, (event) => event.kind === 'users'),
    async start(name, order, bounds) {
      const step = of(name);
      step.starting ??= begin(name, order, bounds).catch((error: unknown) => {
        delete step.starting;
        throw error;
      });
      await step.starting;
      const event = await until(name, (each) => each.kind === 'begun' || isEnd(each));
      return isEnd(event) ? event : 'begun';
    },
    ended: (step) => until(step, isEnd),
    wasStarted,
    async bounds(name) {
      const written = await readIfThere(startedFile(name));
      return written === undefined ? undefined : readJson(written, startRequestSchema).data?.bounds;
    },
    states: () =>
      Promise.all(
        Array.from(kept, async ([name, { file, hold }]) => ({
          name,
          isOrdered: await canAccess(orderFile(name)),
          isStarted: await wasStarted(name),
          isHeld: hold?.isConnected === true,
          wasReady: file.events().some(({ kind }) => kind === 'ready'),
          hasEnded: hasEnded(name),
          droppedBytes: file.droppedBytes(),
          changedAt: await file.changedAt(),
        })),
      ),
    async order(name, order) {
      if (await canAccess(orderFile(name))) return;
      await writeWhole(orderFile(name), JSON.stringify(order));
    },
    signal(name, number) {
      const step = of(name);
      step.signal = number;
      step.hold?.handle.signal(number);
    },
    connect(port, number) {
      const running = [...kept.values()].find(
        ({ hold, file }) => hold?.state === 'running' && !file.events().some(isEnd),
      );
      running?.hold?.handle.connect(port, number);
      return running !== undefined;
    },
    file: (step) => of(step).file,
    grown: (step) => of(step).growth.promise,
    end() {
      for (const { hold } of kept.values()) {
        hold?.handle.signal(constants.signals.SIGKILL);
        hold?.handle.quit();
      }
    },
    async close() {
      await line.close();
      for (const { file } of kept.values()) await file.close();
    },
  };
}

/** A crash leaves the whole text or none. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
