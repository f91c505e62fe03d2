import { mkdir, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import { type Step, standardConfinement } from '../../../wire/plan/plan.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import type { GroupLayout } from '../../groups/group-layout.ts';
import { type Cgroup, createCgroup } from '../cgroup/cgroup.ts';
import { groupLimits } from '../cgroup/group-limits.ts';
import { openContainer } from '../container/container.ts';
import { containerFiles } from '../container/container-files.ts';
import { endContainer, removeTraces } from '../container/end-container.ts';
import type { EngineParts, ReadyEngine, UnpackedImage } from '../oci-parts.ts';
import { describeContainer } from '../spec/describe-container.ts';
import { initPath } from '../spec/spec-mounts.ts';
import { abandonedIn, workName } from '../work-name.ts';

const MiB = 1024 ** 2;
const resources = { cpus: 1, memoryBytes: 64 * MiB, pids: 32, scratchBytes: MiB };

/**
 * Runs the init program's `--version` in a container like any other, made of nothing.
 * @throws ExecError saying why that does not work
 */
export async function tryEngine(engine: ReadyEngine, input: EngineParts, signal: AbortSignal): Promise<void> {
  const { limits, places, layout, closed } = input;
  const id = await workName();
  const directory = join(places.probes, id);
  const files = containerFiles(directory);
  const cgroup = probeCgroup(layout, id);
  const lower = join(directory, 'empty');
  try {
    await mkdir(lower, { recursive: true, mode: 0o700 });
    const { config, seccomp } = await describeContainer({
      step: probeStep(),
      image: emptyImage(lower),
      engine,
      sandbox: { volumes: [], scratch: ['/tmp'], resources, confinement: standardConfinement },
      roots: new Map(),
      cgroupsPath: cgroup.innerPath,
      parts: input,
    });
    const limitsToSet = engine.way.cgroupHierarchies === undefined ? undefined : groupLimits(cgroup.path, resources);
    if (limitsToSet === undefined) await cgroup.create(resources);
    await writeFile(files.config, config);
    const container = openContainer({
      handle: {},
      files,
      cgroup,
      engineRecords: input.places.engineRecords(id),
      engine: engine.way.name,
      command: initPath,
      stopSignal: constants.signals.SIGTERM,
      launchers: engine.launchers,
      order: { directory, lower, layerBytes: MiB, outputBytes: limits.maxLogBytes, limits: limitsToSet },
      isNew: true,
      limits,
      closed,
    });
    const tried = AbortSignal.any([signal, AbortSignal.timeout(limits.probeMs)]);
    await container.start();
    await engine.compiledFilters?.learn(seccomp, id);
    const { code } = await container.wait(tried);
    if (code !== 0) throw new ExecError('RUNTIME_UNAVAILABLE', `A test container ended with code ${code}.`);
  } finally {
    await endContainer({ files, cgroup, killWaitMs: limits.killWaitMs });
    await removeProbe(id, input);
  }
}

/** Removes the probes of agents that were killed over them. */
export async function removeAbandonedProbes(input: EngineParts): Promise<void> {
  for (const id of await abandonedIn(input.places.probes)) await removeProbe(id, input);
}

async function removeProbe(id: string, { layout, places }: EngineParts): Promise<void> {
  await removeTraces(probeCgroup(layout, id), places.engineRecords(id));
  await removeTree(join(places.probes, id));
}

function probeCgroup(layout: GroupLayout, id: string): Cgroup {
  return createCgroup(layout, `probe.${id}`);
}

function probeStep(): Step {
  return {
    image: { reference: 'probe', pull: 'never' },
    command: [initPath, '--version'],
    env: {},
    workingDir: '/',
    readOnlyRoot: false,
    ignoreError: false,
  };
}

function emptyImage(rootfs: string): UnpackedImage {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return {
    digest: '',
    config: { architecture, os: 'linux', config: {} },
    rootfs,
    users: { passwd: '', group: '' },
    shown: new Map(),
  };
}
