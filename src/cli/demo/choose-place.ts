import type { Config } from '../../agent/config/config-schema.ts';
import { openLocalAgent } from '../../agent/open-local-agent.ts';
import { installSystemParts } from '../../agent/system-parts/install-system-parts.ts';
import type { SystemPart } from '../../agent/system-parts/system-parts.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { findProgram } from '../../support/processes/find-program.ts';
import type { Logger } from '../../telemetry/log.ts';
import { findMissingParts } from '../doctor/needed-parts.ts';
import type { DemoPlace } from './demo-job.ts';
import type { Interpreter } from './interpreters.ts';

export interface PlaceOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly searchPath: string;
  readonly signal: AbortSignal;
  /** Gets a line for each step that takes a while. */
  readonly say: (line: string) => void;
}

export interface ChosenPlace extends DemoPlace {
  readonly runtime: 'docker' | 'oci';
}

const dockerImage = 'python:3.9-slim';
const pullMs = 60_000;

/**
 * Docker where it answers and has the image or can pull it, else an OCI runtime with this machine's own /usr.
 * Installs what is missing where it can.
 * @throws ExecError RUNTIME_UNAVAILABLE that says what to install
 */
export async function choosePlace(options: PlaceOptions): Promise<ChosenPlace> {
  const { config, say } = options;
  if (config.runtime !== 'oci') {
    try {
      await pullDockerImage(options);
      return { runtime: 'docker', image: dockerImage, interpreter: { language: 'python', command: 'python3' } };
    } catch (error) {
      options.signal.throwIfAborted();
      if (config.runtime === 'docker') throw error;
      say(`Docker is not used: ${lastLineOf(error)}`);
    }
  }
  await installMissing({ privateRedis: false, oci: true, ociImages: false }, options);
  return { runtime: 'oci', image: 'host', interpreter: await hostInterpreter(options) };
}

/** Of the message that lists why each runtime cannot be used, the reason of the only one that was asked. */
function lastLineOf(error: unknown): string {
  const line = messageOf(error).split('\n').at(-1) ?? '';
  return line.trim().replace(/^docker: /, '');
}

/** The private Redis needs its program on every runtime. */
export async function installRedis(options: PlaceOptions): Promise<void> {
  await installMissing({ privateRedis: true, oci: false, ociImages: false }, options);
}

async function installMissing(
  wanted: Parameters<typeof findMissingParts>[0],
  { searchPath, signal, say }: PlaceOptions,
): Promise<void> {
  await installSystemParts(await findMissingParts(wanted, { searchPath, signal }), { onLine: say, signal });
}

async function pullDockerImage({ config, logger, searchPath, signal, say }: PlaceOptions): Promise<void> {
  const agent = await openLocalAgent({ ...config, runtime: 'docker' }, { logger, searchPath });
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(pullMs)]);
  let pulling = false;
  const onProgress = () => {
    if (!pulling) say(`Pulling ${dockerImage} (at most ${pullMs / 1000} s) …`);
    pulling = true;
  };
  try {
    await agent.choice.runtime.images.ensure(dockerImage, { pull: 'missing', signal: bounded, onProgress });
  } catch (error) {
    if (!bounded.aborted || signal.aborted) throw error;
    throw new ExecError('IMAGE_PULL_FAILED', `pulling ${dockerImage} took longer than ${pullMs / 1000} s.`);
  } finally {
    await agent.close();
  }
}

const python: SystemPart = {
  name: 'python3',
  purpose: 'runs the scripts of the demo',
  where: { program: 'python3', versionArgs: ['--version'] },
  debianPackage: 'python3-minimal',
  elsewhere: 'Python 3 below /usr',
};

/** The image `host` shows /usr alone, so what the scripts run on has to be there. */
async function hostInterpreter({ signal, say }: PlaceOptions): Promise<Interpreter> {
  const found = await findProgram('python3', '');
  if (found?.startsWith('/usr/')) return { language: 'python', command: found };
  if (process.execPath.startsWith('/usr/')) return { language: 'node', command: process.execPath };
  await installSystemParts([python], { onLine: say, signal });
  return { language: 'python', command: '/usr/bin/python3' };
}
