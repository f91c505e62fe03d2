import { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import { readIfThere } from '../../../support/files/read-if-there.ts';
import type { ContainerFiles } from './container-files.ts';

const longestMessage = 500;
const logLineSchema = z.object({ msg: z.string() });

/** Why a container did not come up, from what the launcher and the OCI runtime wrote. */
export async function readStartFailure(files: ContainerFiles, engine: string): Promise<ExecError> {
  const setup = (await readIfThere(files.setupLog))?.trim();
  if (setup !== undefined && setup !== '')
    return new ExecError(
      'RUNTIME_UNAVAILABLE',
      `The container's root filesystem and cgroup could not be prepared: ${setup.slice(0, longestMessage)}.`,
    );
  const message = lastMessage((await readIfThere(files.engineLog)) ?? '');
  return new ExecError('START_FAILED', `The container could not be started. ${engine} says: ${message ?? 'nothing'}.`);
}

function lastMessage(log: string): string | undefined {
  const messages = log.split('\n').flatMap((line) => {
    const parsed = logLineSchema.safeParse(parseLine(line));
    return parsed.success ? [parsed.data.msg] : [];
  });
  return messages.at(-1)?.slice(0, longestMessage);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // A line that an engine cut off, or did not write as JSON, says nothing.
    return undefined;
  }
}
