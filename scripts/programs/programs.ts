import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { machines, staticExecutable } from './static-executable.ts';

/** A program in machine code, for one architecture. */
export interface BuiltProgram {
  readonly source: string;
  readonly file: string;
  readonly architecture: keyof typeof machines;
}

const sources = [
  'src/runtimes/oci/launcher/program/launcher.c',
  'src/runtimes/warm/waiter/waiter.c',
  'src/runtimes/streams/open-streams.c',
  'src/runtimes/docker/helpers/pause/pause.S',
  'src/keeper/hold/program/hold.c',
];

const prefixes = { amd64: '', arm64: 'aarch64-linux-gnu-' } as const;

/** Every program that is shipped. Its file is next to its source. */
export const builtPrograms: readonly BuiltProgram[] = sources.flatMap((source) =>
  (['amd64', 'arm64'] as const).map((architecture) => ({
    source,
    file: source.replace(/[.]\w+$/, `-${architecture}.bin`),
    architecture,
  })),
);

const compiler = 'gcc (Debian 12.2.0';

/** Why the programs of an architecture cannot be built here; undefined when they can. Another compiler makes other bytes. */
export function whyNotBuilt(architecture: BuiltProgram['architecture']): string | undefined {
  const prefix = prefixes[architecture];
  const { stdout } = spawnSync(`${prefix}gcc`, ['--version'], { encoding: 'utf8' });
  const found = (stdout ?? '').replace(`${prefix}gcc-12`, 'gcc').replace(`${prefix}gcc`, 'gcc');
  return found.startsWith(compiler) ? undefined : `${prefix}gcc 12.2.0 of Debian 12 is not installed`;
}

/** Compiles a program. @returns the executable */
export async function compileProgram({ source, architecture }: BuiltProgram): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'program-'));
  try {
    const code = join(directory, 'code');
    const script = join(import.meta.dirname, 'build.sh');
    await promisify(execFile)(script, [source, code, prefixes[architecture]]);
    return staticExecutable(machines[architecture], await readFile(code));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
