import { awaitWithSignal, expectRejection } from '../../../support/abort/await-with-signal.ts';
import { ExecError } from '../../../support/exec-error.ts';
import { delay, settlesWithin } from '../../../support/time/deadline.ts';
import type { LaunchOrder } from '../launcher/launcher-command.ts';
import { hasRun, readLauncherState } from '../launcher/launcher-state.ts';
import type { LaunchedEnd, Launchers } from '../launcher/launchers.ts';
import { type ContainerFiles, exitFileName, pidFileName } from './container-files.ts';
import { readStartFailure } from './start-failure.ts';
import { type DirectoryWatch, watchDirectory } from './watch-directory.ts';

// An engine that was killed itself may leave what it watched.
const killedCode = 128 + 9;
const launchTries = 3;

/** A container on its way from start to end, seen from outside. */
export interface ContainerLife {
  /** @throws ExecError START_FAILED | RUNTIME_UNAVAILABLE */
  readonly started: Promise<void>;
  /** The exit code; undefined when nobody was left to record it. Rejects only when the runtime is closed. */
  readonly ended: Promise<number | undefined>;
  /** True once it has ended in order and no process of it is left. */
  isOver(): boolean;
  /** Whether it was seen to run. */
  hasRun(): boolean;
  /** True once it is known that it wrote nothing to its streams. */
  isSilent(): boolean;
}

export interface LifeOptions {
  readonly files: ContainerFiles;
  /** The engine's name, for messages. */
  readonly engine: string;
  readonly adoptedCheckMs: number;
  /** Aborted when the runtime detaches. */
  readonly closed: AbortSignal;
}

/** Has the container launched, and follows it. */
export function launchContainer(launchers: Launchers, order: LaunchOrder, options: LifeOptions): ContainerLife {
  const running = watchDirectory(options.files.directory, pidFileName);
  let ran = false;
  const hasRun = () => ran;
  let silent = false;
  const onSilent = () => {
    silent = true;
  };
  const ended = runLaunched(launchers, order, { ...options, hasRun, onSilent });
  const seen = running.changed().then(() => {
    ran = true;
  });
  const started = Promise.race([seen, ended.then(() => (ran ? undefined : checkStarted(options)))]);
  let over = false;
  const afterStart = () => running.close();
  started.then(afterStart, afterStart);
  ended.then(
    (code) => {
      over = code !== undefined && code !== killedCode;
    },
    // The caller that waits for the end receives the error.
    () => {},
  );
  return { started, ended, isOver: () => over, hasRun, isSilent: () => silent };
}

/** A launcher that is killed before it has taken its order has done nothing: then another one gets it. */
async function runLaunched(
  launchers: Launchers,
  order: LaunchOrder,
  options: LifeOptions & Pick<ContainerLife, 'hasRun'> & { readonly onSilent: () => void },
): Promise<number | undefined> {
  for (let left = launchTries; left > 0; left -= 1) {
    const end = await endOf(launchers.launch(order), options);
    if (end?.isSilent === true) options.onSilent();
    if (options.hasRun() && end !== undefined) return end.code;
    const code = await followAdopted(options);
    if (code !== undefined || (await readLauncherState(options.files)).kind !== 'never') return code;
  }
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The container could not be launched: ${launchTries} launchers ended before they had begun.`,
  );
}

/** Undefined: what became of it is to be found in its files. */
async function endOf(
  launched: Promise<LaunchedEnd | undefined>,
  { files, adoptedCheckMs }: LifeOptions,
): Promise<LaunchedEnd | undefined> {
  for (;;) {
    if (await settlesWithin(launched, adoptedCheckMs)) return launched;
    // Nobody tells us when the process that was to tell us is killed.
    const { kind } = await readLauncherState(files);
    if (kind === 'ended' || kind === 'vanished') return undefined;
  }
}

/** Follows a container that this agent, or one before it, has launched already. */
export function adoptContainer(options: LifeOptions): ContainerLife {
  const ended = followAdopted(options);
  expectRejection(ended);
  return { started: Promise.resolve(), ended, isOver: () => false, hasRun: () => false, isSilent: () => false };
}

async function followAdopted({ files, adoptedCheckMs, closed }: LifeOptions): Promise<number | undefined> {
  const first = await readLauncherState(files);
  if (first.kind !== 'running') return first.kind === 'ended' ? first.code : undefined;
  const watch = watchDirectory(files.directory, exitFileName);
  try {
    for (;;) {
      const state = await readLauncherState(files);
      if (state.kind !== 'running') return state.kind === 'ended' ? state.code : undefined;
      // Nobody tells us when a process that is not our child dies, so besides waiting for the file we look now and then.
      await changedOrLater(watch, adoptedCheckMs, closed);
    }
  } finally {
    watch.close();
  }
}

async function changedOrLater(watch: DirectoryWatch, ms: number, closed: AbortSignal): Promise<void> {
  const over = new AbortController();
  const later = delay(ms, over.signal);
  expectRejection(later);
  try {
    await awaitWithSignal(Promise.race([watch.changed(), later]), closed);
  } finally {
    over.abort();
  }
}

async function checkStarted({ files, engine }: LifeOptions): Promise<void> {
  if (!(await hasRun(files))) throw await readStartFailure(files, engine);
}
