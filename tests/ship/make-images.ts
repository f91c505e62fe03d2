import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { buildWhenStale } from '../../scripts/steps/build-when-stale.mjs';
import { findProgram } from '../../src/support/processes/find-program.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { copyInstalledModules } from './installed-modules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds an image from a directory with a Dockerfile. */
export type BuildImage = (name: string, context: string, ...args: readonly string[]) => Promise<void>;

/** With BuildKit, which leaves out the stages that are not needed. @throws when no docker on this machine has it */
export async function createBuilder(host: string): Promise<BuildImage> {
  const path = process.env.PATH ?? '';
  for (const directory of [...path.split(':'), '/usr/bin']) {
    const docker = await findProgram('docker', directory);
    if (docker === undefined) continue;
    const help = await runCommand('env', 'DOCKER_BUILDKIT=1', docker, 'build', '--help').catch(() => '');
    const isBuildKit = help.includes('--progress') || help.includes('buildx');
    if (!isBuildKit) continue;
    return async (name, context, ...args) => {
      const command = [docker, '--host', host, 'build', '--network', 'none', '--tag', name, ...args, context];
      await runCommand('env', 'DOCKER_BUILDKIT=1', ...command);
    };
  }
  throw new Error('no docker here can build with BuildKit');
}

/**
 * Images that replace those of registries, made of the programs of this machine on the tests' Debian; and the agent's
 * own, by the project's Dockerfile, whose build stage (npm ci, npm run build) is replaced by what has been built here.
 */
export async function makeImages(build: BuildImage): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'ship-'));
  try {
    await makeProgramImage('node:22-bookworm-slim', [process.execPath, await pathOf('ip')], { directory, build });
    const redis = [await pathOf('redis-server'), await pathOf('redis-cli')];
    await makeProgramImage('redis:7-bookworm', redis, { directory, build });
    await makeProgramImage('chrislusf/seaweedfs:latest', [inject('s3Program').path], { directory, build });
    await makeProgramImage('with-curl:latest', [await pathOf('curl')], { directory, build });
    await makeAppImage('exec-agent-app', { directory, build });
    await build('exec-agent:latest', root, '--build-arg', 'APP=exec-agent-app');
  } finally {
    await rm(directory, { recursive: true });
  }
}

interface Tools {
  readonly directory: string;
  readonly build: BuildImage;
}

async function makeProgramImage(name: string, programs: readonly string[], { directory, build }: Tools): Promise<void> {
  const context = await mkdtemp(join(directory, 'context-'));
  await mkdir(join(context, 'bin'));
  await mkdir(join(context, 'lib'));
  for (const program of programs) {
    const copy = join(context, 'bin', basename(program));
    await cp(program, copy, { dereference: true });
    await chmod(copy, 0o755);
    for (const library of await librariesOf(program))
      await cp(library, join(context, 'lib', basename(library)), { dereference: true });
  }
  const lines = ['FROM python:3.9-slim', 'COPY bin/ /usr/local/bin/', 'COPY lib/ /usr/local/lib/copied/'];
  await writeFile(join(context, 'Dockerfile'), [...lines, 'ENV LD_LIBRARY_PATH=/usr/local/lib/copied', ''].join('\n'));
  await build(name, context);
}

/** None of a program that is linked statically. The C library is the image's. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const listed = await runCommand('ldd', program).catch(() => '');
  const found = [...listed.matchAll(/=> (\/\S+)/g)].map(([, path = '']) => path);
  return found.filter((path) => !/\/(libc|libm|libdl|libpthread)\.so/.test(path));
}

async function makeAppImage(name: string, { directory, build }: Tools): Promise<void> {
  if ((await buildWhenStale()) !== 0) throw new Error('dist/ could not be built');
  const context = join(directory, 'app-context');
  for (const path of ['package.json', 'dist', 'schema'])
    await cp(join(root, path), join(context, 'app', path), { recursive: true });
  await copyInstalledModules(join(context, 'app'));
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY app /app\n');
  await build(name, context);
}

async function pathOf(program: string): Promise<string> {
  return (await findProgram(program, process.env.PATH ?? '')) ?? program;
}
