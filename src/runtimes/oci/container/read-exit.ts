import { open, stat } from 'node:fs/promises';
import { ExecError } from '../../../support/exec-error.ts';
import { canAccess } from '../../../support/files/can-access.ts';
import { mapErrno } from '../../../support/files/map-errno.ts';
import { readIfThere } from '../../../support/files/read-if-there.ts';
import type { Exit } from '../../../wire/record/record.ts';
import { explainFailedExec, failedExecCodes } from '../../command/explain-failed-exec.ts';
import { countMemoryKills } from '../../groups/count-memory-kills.ts';
import type { Cgroup } from '../cgroup/cgroup.ts';
import { hasRun } from '../launcher/launcher-state.ts';
import type { ContainerFiles } from './container-files.ts';
import { readStartFailure } from './start-failure.ts';

const killedCode = 128 + 9;
// A message names the command, which can be as long as a path.
const longestMessage = 8192;

export interface EndedContainer {
  /** Undefined: nobody was left to record it. */
  readonly code: number | undefined;
  /** Created by this agent, which saw its end. */
  readonly isNew: boolean;
  /** It was seen to run. */
  readonly hasRun: boolean;
  /** How often the host's kernel had killed for memory when it was started; undefined: not known. */
  readonly memoryKillsBefore: number | undefined;
  readonly files: ContainerFiles;
  readonly cgroup: Cgroup;
  /** Where the engine's own is if it exists, which it removes when the container has ended. */
  readonly engineRecords: readonly string[];
  /** The engine's name, for messages. */
  readonly engine: string;
  /** The command's name, for messages. */
  readonly command: string;
}

/**
 * What an exit code means, with what was used.
 * @throws ExecError START_FAILED | RUNTIME_UNAVAILABLE | AGENT_LOST
 */
export async function readExit(ended: EndedContainer): Promise<Exit> {
  const { code, files, cgroup, engine, command } = ended;
  if (code === undefined) {
    // The container may have outlived the process that watched it; without an exit code it is of no use.
    cgroup.kill();
    throw lost();
  }
  // An engine that was killed itself may leave what it watched.
  if (code === killedCode) cgroup.kill();
  const usage = cgroup.usage();
  const [ran, endedAt] = await Promise.all([ended.hasRun || hasRun(files), endOf(ended)]);
  if (!ran) throw await readStartFailure(files, engine);
  if (failedExecCodes.has(code)) await throwFailedExec(files, command);
  const reason = await reasonOf(code, ended);
  const memoryKill = code === 0 && wasKilledInside(ended);
  return { code, reason, ...(memoryKill && { memoryKill }), ...(usage && { usage }), ...endedAt };
}

/** The launcher writes the exit code right after the end. */
async function endOf({ isNew, files }: EndedContainer): Promise<Pick<Exit, 'endedAt'>> {
  return isNew ? {} : { endedAt: Math.floor((await stat(files.exit)).mtimeMs) };
}

/** Where the kernel does not count the kills of a group, one of the host while this group was full is taken for its own. */
function wasKilledInside({ cgroup, memoryKillsBefore }: EndedContainer): boolean {
  const limit = cgroup.memoryLimit();
  if (limit !== 'met') return limit === 'killed';
  return memoryKillsBefore !== undefined && countMemoryKills() !== memoryKillsBefore;
}

async function reasonOf(code: number, { files, cgroup, engineRecords }: EndedContainer): Promise<Exit['reason']> {
  if (code === 0 || (code === killedCode && (await readIfThere(files.killed)) !== undefined)) return 'exited';
  const limit = cgroup.memoryLimit();
  if (limit === 'killed' || (limit === 'met' && code === killedCode)) return 'out-of-memory';
  // To the launcher a command that was killed looks like an engine that was.
  if (code === killedCode && (await Promise.all(engineRecords.map(canAccess))).includes(true)) throw lost();
  return 'exited';
}

/** The init process says so on stderr, and nothing else was written then. */
async function throwFailedExec({ stdout, stderr }: ContainerFiles, command: string): Promise<void> {
  const written = await mapErrno(stat(stdout), { ENOENT: undefined });
  if (written !== undefined && written.size > 0) return;
  const file = await mapErrno(open(stderr), { ENOENT: undefined });
  if (file === undefined) return;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestMessage), 0, longestMessage, 0);
    const failure = explainFailedExec(buffer.toString('utf8', 0, bytesRead), command);
    if (failure !== undefined) throw failure;
  } finally {
    await file.close();
  }
}

function lost(): ExecError {
  return new ExecError(
    'AGENT_LOST',
    'The exit code of the container is lost: the process that was to record it was killed, or the machine was restarted.',
  );
}
