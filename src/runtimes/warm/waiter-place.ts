import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, link, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { delay } from '../../support/time/deadline.ts';
import type { Workspace } from '../../workspace/create-workspace.ts';
import { architectures, knownArchitecture, readProgram } from '../freestanding/read-program.ts';
import { launchMark, notLaunched } from './launch-mark.ts';
import type { WarmRecipe } from './warm-recipe.ts';

/** The waiter's files in a volume of the container. */
export interface WaiterPlace {
  /** On the host. */
  readonly outside: string;
  /** What the container runs, as entrypoint and command. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

const pipeName = 'commands';
const markName = 'mark';
const programName = 'start';
const everyone = 0o777;
const pollMs = 5;

/**
 * Puts the waiter's files into a volume that it may write to. They are removed before anything else runs in there.
 * @param architecture of the host of the containers, in the words of OCI
 * @throws ExecError RUNTIME_UNAVAILABLE where the waiter was not made for that
 */
export async function layOutWaiter(
  { roots, control }: Workspace,
  { sandbox }: WarmRecipe,
  architecture: string,
): Promise<WaiterPlace> {
  const known = knownArchitecture(architecture);
  const volume = sandbox.volumes.find(({ access }) => access === 'read-write')?.path ?? '';
  const root = roots.get(volume);
  if (known === undefined || root === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `Containers can be kept ready on ${architectures.join(' and ')} only; the containers here run on ${architecture}.`,
    );
  const name = `.exec-agent-${randomUUID().slice(0, 8)}`;
  const outside = join(root, name);
  const inside = join(volume, name);
  await mkdir(outside);
  await writeFile(join(outside, programName), await readProgram('runtimes/warm/waiter/waiter', known));
  await writeFile(join(outside, markName), notLaunched);
  // The user of the container may be anyone, and the umask may have taken bits away.
  for (const each of ['', programName, markName]) await chmod(join(outside, each), everyone);
  await link(join(outside, markName), launchMark(control));
  return {
    outside,
    entrypoint: [join(inside, programName)],
    command: [join(inside, pipeName), join(inside, markName)],
  };
}

/**
 * Opens the pipe to the waiter, which is for writing only. Before the waiter reads there is no pipe, or nobody at its other end.
 * @param timeoutMs how long the container may take to get there
 * @throws ExecError RUNTIME_UNAVAILABLE when it takes longer
 */
export async function openWaiterPipe(
  { outside }: WaiterPlace,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const end = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await open(join(outside, pipeName), flags);
    } catch (error) {
      if (!['ENOENT', 'ENXIO'].includes(errnoOf(error) ?? '')) throw error;
    }
    if (performance.now() > end)
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        `A container that was to wait for its command did not within ${timeoutMs} ms: programs in its volumes cannot be run, or pipes do not lead there.`,
      );
    await delay(pollMs);
  }
}
