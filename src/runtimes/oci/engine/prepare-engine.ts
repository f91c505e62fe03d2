import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { runCommand } from '../../../support/processes/run-command.ts';
import { containerHostname } from '../../command/container-hostname.ts';
import { type GroupLayout, swapIsCounted } from '../../groups/group-layout.ts';
import { enterHostCgroups } from '../cgroup/enter-host-cgroups.ts';
import { hierarchiesToEnter } from '../cgroup/group-limits.ts';
import { installLauncher } from '../launcher/install-launcher.ts';
import { isCrun, type LaunchStrategy } from '../launcher/launcher-command.ts';
import { createLaunchers } from '../launcher/launchers.ts';
import type { EngineParts, ReadyEngine } from '../oci-parts.ts';
import { engineRootsOf } from '../oci-places.ts';
import { createCompiledFilters } from '../spec/compiled-filters.ts';
import { readSeccompProfile, type SeccompFilter, translateSeccomp } from '../spec/seccomp-profile.ts';
import { makeEngineRoot } from './engine-root.ts';
import { explainContained } from './explain-contained.ts';
import { findPrograms, programPath } from './find-programs.ts';
import { removeAbandonedProbes, tryEngine } from './try-engine.ts';

const defaultProfile = '/usr/share/containers/seccomp.json';

/**
 * Finds the OCI runtime that works on this machine, by running a container with it: being installed proves little.
 * @throws ExecError RUNTIME_UNAVAILABLE with what is missing and how to get it
 */
export async function prepareEngine(input: EngineParts, signal: AbortSignal): Promise<ReadyEngine> {
  const { options, limits, layout, places, closed } = input;
  const path = programPath(options.searchPath);
  if (process.getuid?.() !== 0)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      'Containers without a daemon need root. Run the agent as root, or use Docker.',
    );
  refuseOddPaths(input);
  const programs = await findPrograms(options);
  const profile = await readSeccompProfile(options.seccompProfile ?? defaultProfile);
  const filters = new Map<string, SeccompFilter>();
  const common = {
    init: programs.init,
    shown: await makeShared(input),
    openFiles: await boundedOpenFiles(limits.openFiles),
    countsSwap: await swapIsCounted(layout),
    seccompFor(architecture: string, capabilities: readonly string[]) {
      const key = [architecture, ...capabilities].join(' ');
      const filter = filters.get(key) ?? translateSeccomp(profile, capabilities, architecture);
      filters.set(key, filter);
      return filter;
    },
  };

  await installLauncher(places.launcher);
  await removeAbandonedProbes(input);
  const startedBy = await enterHostCgroups(layout, programs.nsenter);
  const refusals = new Map<string, string>();
  for (const program of programs.engines) {
    const version = await versionOf(program, path, signal);
    const found = { name: basename(program), version, path: program, launcher: places.launcher };
    for (const way of waysOf(startedBy === undefined ? found : { ...found, startedBy }, layout)) {
      signal.throwIfAborted();
      const launchers = createLaunchers({ way, places, path, closed });
      const compiledFilters = isCrun(way) ? createCompiledFilters(places.engineRoot) : undefined;
      const engine = { ...common, way, launchers, compiledFilters };
      try {
        await tryEngine(engine, input, signal);
        return engine;
      } catch (error) {
        launchers.close();
        signal.throwIfAborted();
        refusals.set(version, `${version}: ${messageOf(error).replace(/\.?$/, '.')}`);
      }
    }
  }
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `No OCI runtime can run a container here. ${[...refusals.values()].join(' ')}${await explainContained()}`,
  );
}

/** The likely one first, since each that fails holds up the start of the agent. */
function* waysOf(engine: LaunchStrategy, layout: GroupLayout): Generator<LaunchStrategy, void> {
  const unified = layout.kind === 'v1' ? layout.unified : undefined;
  const cgroupHierarchies = isCrun(engine) ? hierarchiesToEnter(layout) : undefined;
  const mounts = unified === undefined ? [undefined] : [undefined, unified];
  // Where both versions of cgroups are mounted, crun usually refuses to run.
  for (const hidden of isCrun(engine) ? mounts.reverse() : mounts) {
    const way = { ...engine, ...(hidden !== undefined && { hidden }) };
    if (cgroupHierarchies !== undefined) yield { ...way, cgroupHierarchies };
    yield way;
  }
}

async function versionOf(program: string, path: string, signal: AbortSignal): Promise<string> {
  const name = basename(program);
  try {
    const { output } = await runCommand([program, '--version'], { environment: { PATH: path }, signal });
    return `${name} ${/\d+\.\d[\w.+~-]*/.exec(output)?.[0] ?? '(unknown version)'}`;
  } catch (error) {
    signal.throwIfAborted();
    throw new ExecError('RUNTIME_UNAVAILABLE', `${program} cannot be run: ${messageOf(error)}`, { cause: error });
  }
}

/** Mount options are separated by such characters, and no program lets them be quoted alike. */
function refuseOddPaths({ places }: EngineParts): void {
  for (const path of [places.images, places.mountPoint, places.work]) {
    if (/[,:\\\s]/.test(path))
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        `The path ${JSON.stringify(path)} may hold no blank, comma, colon or backslash.`,
      );
  }
}

/** Files that every container is shown, and the directories that launchers need. */
async function makeShared({ options, places }: EngineParts): Promise<ReadonlyMap<string, string>> {
  const { engineRoot, mountPoint, shared } = places;
  await Promise.all([mountPoint, shared].map((path) => mkdir(path, { recursive: true, mode: 0o700 })));
  await makeEngineRoot(engineRoot, engineRootsOf(options));
  const contents = {
    hosts: `127.0.0.1\tlocalhost ${containerHostname} host.docker.internal\n::1\tlocalhost ip6-localhost ip6-loopback ${containerHostname}\n`,
    hostname: `${containerHostname}\n`,
    'resolv.conf': '',
  };
  const files = Object.entries(contents);
  await Promise.all(files.map(([name, text]) => writeFile(join(shared, name), text, { mode: 0o644 })));
  return new Map(files.map(([name]) => [`/etc/${name}`, join(shared, name)]));
}

/** A hard limit can only be raised with CAP_SYS_RESOURCE, which an agent in a container rarely has. */
async function boundedOpenFiles(wanted: number): Promise<number> {
  const hard = /^Max open files\s+\d+\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1];
  return hard === undefined ? wanted : Math.min(wanted, Number(hard));
}
