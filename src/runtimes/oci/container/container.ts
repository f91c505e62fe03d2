import { writeFile } from 'node:fs/promises';
import { awaitWithSignal, expectRejection } from '../../../support/abort/await-with-signal.ts';
import { readOnceWritten } from '../../../support/files/read-if-there.ts';
import { signalProcess } from '../../../support/processes/process-identity.ts';
import { settlesWithin } from '../../../support/time/deadline.ts';
import { deferred } from '../../../support/time/deferred.ts';
import type { Exit, Handle } from '../../../wire/record/record.ts';
import { countMemoryKills } from '../../groups/count-memory-kills.ts';
import type { Container } from '../../runtime.ts';
import type { Cgroup } from '../cgroup/cgroup.ts';
import type { LaunchOrder } from '../launcher/launcher-command.ts';
import { readLauncherState } from '../launcher/launcher-state.ts';
import type { Launchers } from '../launcher/launchers.ts';
import type { OciLimits } from '../oci-options.ts';
import type { ContainerFiles } from './container-files.ts';
import { adoptContainer, type ContainerLife, launchContainer } from './container-life.ts';
import { endContainer } from './end-container.ts';
import { readDropped } from './read-dropped.ts';
import { readExit } from './read-exit.ts';
import { tailLogs } from './tail-logs.ts';

export interface ContainerOptions {
  readonly handle: Handle;
  readonly files: ContainerFiles;
  readonly cgroup: Cgroup;
  /** Where the engine's own is if it exists, which it removes when the container has ended. */
  readonly engineRecords: readonly string[];
  /** The engine's name, for messages. */
  readonly engine: string;
  /** The command's name, for messages. */
  readonly command: string;
  /** The number of the signal that asks it to end. */
  readonly stopSignal: number;
  readonly launchers: Launchers;
  readonly order: LaunchOrder;
  /** Just described: nobody can have launched it. */
  readonly isNew: boolean;
  /** Called when it has begun to run. */
  readonly onStarted?: (() => void) | undefined;
  readonly limits: OciLimits;
  /** Aborted when the runtime detaches. */
  readonly closed: AbortSignal;
}

/** A container that can be looked after beyond what its users see. */
export interface OciContainer extends Container {
  /** Resolves once it is not in the middle of being started. */
  settled(): Promise<void>;
  /** True once it has ended in order and no process of it is left. */
  isOver(): boolean;
  hasEnded(): boolean;
  /** True once it has ended in order with code 0: the engine has removed its own record of it too. */
  hasSucceeded(): boolean;
  /** From now on counts what the host's kernel kills for memory, as of its start. */
  countMemoryKillsAnew(): void;
}

/** A container whose files are there; it may have been launched before, by this agent or an earlier one. */
export function openContainer(options: ContainerOptions): OciContainer {
  const { handle, files, cgroup, launchers, order, limits, closed } = options;
  const life = deferred<ContainerLife>();
  const ended = life.promise.then((it) => it.ended);
  let over = false;
  let exitCode: number | undefined;
  const markEnded = (code?: number) => {
    over = true;
    exitCode = code;
  };
  ended.then(markEnded, () => markEnded());
  let starting: Promise<void> | undefined;
  let exit: Promise<Exit> | undefined;

  let isOver = () => false;
  let hasRun = () => false;
  let isSilent = () => false;
  let killsBefore: number | undefined;

  async function start(): Promise<void> {
    if (options.isNew) killsBefore = countMemoryKills();
    const followed = await follow().catch((error: unknown) => {
      life.reject(error);
      throw error;
    });
    life.resolve(followed);
    ({ isOver, hasRun, isSilent } = followed);
    await followed.started;
    options.onStarted?.();
  }

  async function follow(): Promise<ContainerLife> {
    const launched = !options.isNew && (await readLauncherState(files)).kind !== 'never';
    const how = { files, engine: options.engine, adoptedCheckMs: limits.adoptedCheckMs, closed };
    return launched ? adoptContainer(how) : launchContainer(launchers, order, how);
  }

  async function terminate(graceMs: number): Promise<boolean> {
    const pid = Number.parseInt((await readOnceWritten(files.pid)) ?? '', 10);
    // Being in its control group proves that the pid is still the container's.
    if (Number.isNaN(pid) || !cgroup.holds(pid)) return false;
    signalProcess(pid, options.stopSignal);
    return settlesWithin(ended, graceMs);
  }

  const settled = (): Promise<void> => starting?.catch(() => undefined) ?? Promise.resolve();

  return {
    handle,
    start() {
      starting ??= start();
      return starting;
    },
    settled,
    isOver: () => isOver(),
    hasEnded: () => over,
    hasSucceeded: () => exitCode === 0 && isOver(),
    countMemoryKillsAnew() {
      killsBefore = countMemoryKills();
    },
    droppedLogBytes: () => readDropped(files.dropped),
    logs: ({ signal, from }) =>
      tailLogs({
        files,
        ended,
        isSilent: () => isSilent(),
        signal,
        closed,
        ...(from === undefined ? {} : { from }),
        maxBytes: limits.maxLogBytes,
        pauseMs: limits.logPauseMs,
      }),
    wait(signal) {
      exit ??= ended.then((code) => readExit({ ...options, code, hasRun: hasRun(), memoryKillsBefore: killsBefore }));
      expectRejection(exit);
      return awaitWithSignal(exit, signal);
    },
    async stop(graceMs) {
      await settled();
      const { kind } = await readLauncherState(files);
      if (kind === 'never' || kind === 'ended') return;
      if (graceMs > 0 && (await terminate(graceMs))) return;
      await writeFile(files.killed, '');
      await endContainer({ files, cgroup, killWaitMs: limits.killWaitMs });
      await settlesWithin(ended, limits.killWaitMs);
    },
  };
}
