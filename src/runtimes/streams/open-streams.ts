import { posix } from 'node:path';
import { ExecError } from '../../support/exec-error.ts';
import type { Input, Step, Volume } from '../../wire/plan/plan.ts';
import { part, sentence } from '../../wire/sentence.ts';
import { chooseCommand, type ImageCommand } from '../command/choose-command.ts';
import { architectures, knownArchitecture, readProgram } from '../freestanding/read-program.ts';

const programName = '.exec-agent/open-streams';
const executable = 0o755;

type Streams = Pick<Step, 'stdin' | 'stdout' | 'stderr'>;

/** Whether files are the standard streams of a step. */
export function hasStreams({ stdin, stdout, stderr }: Streams): boolean {
  return stdin !== undefined || stdout !== undefined || stderr !== undefined;
}

/** Whether a step writes its output to files. */
export function writesStreams({ stdout, stderr }: Pick<Streams, 'stdout' | 'stderr'>): boolean {
  return stdout !== undefined || stderr !== undefined;
}

/**
 * The program that opens the standard streams of a step in its container, as an input that is staged with the others: nothing on
 * the host opens a path that a container may have changed.
 * @param architecture of the containers, as Docker calls it
 * @throws ExecError START_FAILED for an architecture for which there is no such program
 */
export async function streamsProgram(architecture: string, volumes: readonly Volume[]): Promise<Input> {
  const known = knownArchitecture(architecture);
  if (known === undefined)
    throw new ExecError(
      'START_FAILED',
      sentence`${part('stdin')} works on ${architectures.join(' and ')} only; the containers run on ${architecture}. Read an input file instead.`,
    );
  const content = (await readProgram('runtimes/streams/open-streams', known)).toString('base64');
  const path = programPath(volumes);
  return { kind: 'inline', origin: 'streams', path, content, encoding: 'base64', mode: executable };
}

/** The same step with a command that opens its standard streams first. */
export function openStreams(step: Step, image: ImageCommand, volumes: readonly Volume[]): Step {
  if (!hasStreams(step)) return step;
  const command = chooseCommand(step, image);
  // The engine explains that there is nothing to run.
  if (command.length === 0) return step;
  const { stdin = '', stdout = '', stderr = '' } = step;
  return { ...step, entrypoint: [programPath(volumes), stdin, stdout, stderr], command: [...command] };
}

/** In a volume that no container can change. */
function programPath(volumes: readonly Volume[]): string {
  const volume = volumes.findLast(({ access, files }) => access === 'read-only' && files === undefined);
  if (volume === undefined)
    throw new ExecError(
      'INTERNAL',
      'Standard streams from files need a read-only directory, and the execution has none.',
    );
  return posix.join(volume.path, programName);
}
