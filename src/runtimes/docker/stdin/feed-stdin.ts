import { posix } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import type { Input, Volume } from '../../../wire/plan.ts';
import { part, sentence } from '../../../wire/sentence.ts';
import { chooseCommand } from '../../command/choose-command.ts';
import { architectures, knownArchitecture, readProgram } from '../../freestanding/read-program.ts';
import type { StepSpec } from '../../runtime.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { inspectImage } from '../images/inspect-image.ts';

const programName = '.exec-agent/open-stdin';
const executable = 0o755;

/**
 * The program that opens the standard input of a step in its container, as an input that is staged with the others. An engine can
 * only be sent a standard input, which would be lost with the agent that sends it.
 * @throws ExecError START_FAILED on a machine for which there is no such program
 */
export async function stdinProgram(engine: Engine, volumes: readonly Volume[]): Promise<Input> {
  const { architecture } = await engine.facts();
  const known = knownArchitecture(architecture);
  if (known === undefined)
    throw new ExecError(
      'START_FAILED',
      sentence`${part('stdin')} works on ${architectures.join(' and ')} only; the engine is on ${architecture}. Read an input file instead.`,
    );
  const content = (await readProgram('runtimes/docker/stdin/open-stdin', known)).toString('base64');
  const path = programPath(volumes);
  return { kind: 'inline', origin: 'stdin', path, content, encoding: 'base64', mode: executable };
}

/** The same step with a command that opens its standard input first. */
export async function feedStdin(engine: Engine, spec: StepSpec, volumes: readonly Volume[]): Promise<StepSpec> {
  const { step, image } = spec;
  if (step.stdin === undefined) return spec;
  const { Entrypoint, Cmd } = (await inspectImage(engine, image)).Config ?? {};
  const command = chooseCommand(step, { entrypoint: Entrypoint ?? [], command: Cmd ?? [] });
  // The engine explains that there is nothing to run.
  if (command.length === 0) return spec;
  return { ...spec, step: { ...step, entrypoint: [programPath(volumes), step.stdin], command: [...command] } };
}

/** In a volume that no container can change. */
function programPath(volumes: readonly Volume[]): string {
  const volume = volumes.findLast(({ access }) => access === 'read-only');
  if (volume === undefined)
    throw new ExecError('INTERNAL', 'A standard input needs a read-only directory, and the execution has none.');
  return posix.join(volume.path, programName);
}
