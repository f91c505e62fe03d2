import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectRejection } from '../../support/abort/await-with-signal.ts';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { canAccess } from '../../support/files/can-access.ts';
import type { Handle } from '../../wire/record/record.ts';
import type { Workspace } from '../../workspace/create-workspace.ts';
import { createUsageMeter, writableRoots } from '../../workspace/tree/measure-usage.ts';
import { architectureOfNode } from '../freestanding/read-program.ts';
import type { OpenNetwork } from '../network/sandbox-networks.ts';
import type { Container, Sandbox, StepSpec } from '../runtime.ts';
import { readHandle } from '../sandbox-handle.ts';
import { secretsPath } from '../secrets/secret-files.ts';
import { secretVariables } from '../secrets/secret-variables.ts';
import { sharingOf } from '../sharing-of.ts';
import { openStreams, streamsProgram } from '../streams/open-streams.ts';
import { wasLaunched } from '../warm/launch-mark.ts';
import { groupLimits } from './cgroup/group-limits.ts';
import { type ContainerOptions, type OciContainer, openContainer } from './container/container.ts';
import { containerFiles } from './container/container-files.ts';
import { linkStdin, opensStreamsInside } from './container/link-stdin.ts';
import { cgroupOf, filesOf, removeContainers } from './container/remove-containers.ts';
import { removeSucceeded } from './container/remove-succeeded.ts';
import { engineRootIn } from './launcher/launcher-command.ts';
import { readLauncherState } from './launcher/launcher-state.ts';
import { networkLinkIn } from './network-link.ts';
import type { OciParts } from './oci-parts.ts';
import { containerHandleSchema, type SandboxHandle } from './sandbox-handle.ts';
import { type ContainerFacts, readFacts } from './spec/container-facts.ts';
import { describeContainer } from './spec/describe-container.ts';
import { settleLaunch, useWarm } from './warm/claim-warm.ts';
import type { WarmContainer } from './warm/warm-container.ts';
import { withImageId } from './warm/warm-containers.ts';

/** Where a sandbox is. */
interface Places {
  readonly workspace: Workspace;
  /** Absent: it has none of its own, or that is gone. */
  readonly network?: OpenNetwork | undefined;
  readonly losses?: readonly string[];
  /** What will run first: its container is described while the inputs are staged. */
  readonly first?: StepSpec | undefined;
  /** Whether a step needs the program that opens streams inside of its container. */
  readonly needsStreams?: boolean;
  /** Waits for the command of the first step. */
  readonly warm?: WarmContainer | undefined;
  /** Reports whether that one could be used. */
  readonly onWarmUse?: (isUsed: boolean) => void;
  /** Called once the sandbox has been removed. */
  readonly onRemoved?: () => void;
}

/** A sandbox whose workspace and network are there. */
export function openSandbox(spec: SandboxHandle, places: Places, parts: OciParts): Sandbox {
  const { workspace, network, losses, first, needsStreams = false, warm, onWarmUse, onRemoved } = places;
  const { staging, logger } = parts.options;
  const { control, roots } = workspace;
  const opened = new Map<string, OciContainer>();
  let removing: Promise<void> | undefined;
  let waiting = warm;

  async function open(
    id: string,
    { command, lower, layerBytes, stopSignal, enters, memory }: ContainerFacts,
    { isNew, onStarted }: Pick<ContainerOptions, 'isNew' | 'onStarted'>,
  ): Promise<OciContainer> {
    const { limits, closed } = parts;
    const { way, launchers } = await parts.engine(spec.confinement);
    const cgroup = cgroupOf(parts, spec.executionId, id);
    const files = filesOf(control, id);
    const container = openContainer({
      handle: { container: id },
      files,
      cgroup,
      engineRecords: memory === undefined ? parts.places.engineRecords(id) : [join(engineRootIn(memory), id)],
      engine: way.name,
      command,
      stopSignal,
      launchers,
      order: {
        directory: files.directory,
        lower,
        layerBytes,
        outputBytes: limits.maxLogBytes,
        memory,
        limits: enters && way.cgroupHierarchies !== undefined ? groupLimits(cgroup.path, spec.resources) : undefined,
      },
      isNew,
      onStarted,
      limits,
      closed,
    });
    opened.set(id, container);
    return container;
  }

  async function describe({ step: wanted, image, secrets = [] }: StepSpec): Promise<OciContainer> {
    const id = randomUUID();
    const files = filesOf(control, id);
    const cgroup = cgroupOf(parts, spec.executionId, id);
    const [engine, unpacked] = await Promise.all([
      parts.engine(spec.confinement),
      parts.unpacked(image.id ?? image.digest),
    ]);
    const { Entrypoint, Cmd } = unpacked.config.config;
    const step = opensStreamsInside(wanted, spec.volumes)
      ? openStreams(wanted, { entrypoint: Entrypoint ?? [], command: Cmd ?? [] }, spec.volumes)
      : wanted;
    const cgroupsPath = cgroup.innerPath;
    const secretsDir = await parts.secretFiles.write(spec, secrets);
    const shown = secretsDir === undefined ? new Map() : new Map([[secretsPath, secretsDir]]);
    const variables = secretVariables(secrets);
    const isSecret = Object.keys(variables).length > 0;
    const memory = isSecret ? await parts.secretFiles.makeDirectory(spec, id) : undefined;
    const input = {
      step,
      shown,
      image: unpacked,
      engine,
      sandbox: spec,
      roots,
      cgroupsPath,
      networkPath: spec.network === null ? undefined : networkLinkIn(control),
      memory,
      parts,
    };
    const { config, facts, seccomp } = await describeContainer(input);
    if (memory !== undefined) {
      const whole = await describeContainer({ ...input, step: { ...step, env: { ...step.env, ...variables } } });
      await writeFile(containerFiles(memory).config, whole.config, { mode: 0o600 });
    }
    await makeDirectory(files.directory, spec.executionId);
    await Promise.all([
      engine.way.cgroupHierarchies === undefined ? cgroup.create(spec.resources) : undefined,
      writeFile(files.config, config),
    ]);
    const onStarted = () => {
      engine.compiledFilters?.learn(seccomp, id).catch((error: unknown) => {
        logger.warn({ err: error }, 'a compiled filter of system calls cannot be read');
      });
    };
    return open(id, facts, { isNew: true, onStarted });
  }

  const described = first && describe(first);
  if (described !== undefined) expectRejection(described);
  let unused = described;

  /** Undefined: none waits, or the step needs a container of its own. */
  async function takeWaiting(wanted: StepSpec): Promise<OciContainer | undefined> {
    const ready = waiting;
    waiting = undefined;
    if (ready === undefined) return undefined;
    opened.set(ready.id, ready.container);
    const container = await useWarm(ready, spec, withImageId(wanted), parts.secretFiles);
    onWarmUse?.(container !== undefined);
    if (container !== undefined) opened.set(ready.id, container);
    return container;
  }

  async function create(wanted: StepSpec): Promise<Container> {
    const waited = await takeWaiting(wanted);
    if (waited !== undefined) return waited;
    const ready = first !== undefined && isSame(first, wanted) ? unused : undefined;
    if (ready !== undefined) unused = undefined;
    const container = await (ready ?? describe(wanted));
    const { stdin } = wanted.step;
    if (stdin === undefined || opensStreamsInside(wanted.step, spec.volumes)) return container;
    const { container: id } = readHandle(containerHandleSchema, container.handle, 'OCI');
    await linkStdin(stdin, filesOf(control, id).stdin, { volumes: spec.volumes, roots });
    return container;
  }

  async function recoverContainer(handle: Handle): Promise<Container | undefined> {
    const { container: id, waited, command } = readHandle(containerHandleSchema, handle, 'OCI');
    const files = filesOf(control, id);
    const found = await readFacts(files.config);
    if (found === undefined) return undefined;
    const facts = { ...found, command: command ?? found.command };
    const isLaunched = (await readLauncherState(files)).kind !== 'never';
    // After a restart of the host what was in memory is gone, and the container cannot be started without it.
    if (!isLaunched && facts.memory !== undefined && !(await canAccess(facts.memory))) return undefined;
    const container = await open(id, facts, { isNew: false });
    if (waited === true && !(await wasLaunched(control))) {
      // It is followed already, so that it can be stopped and waited for.
      await container.start();
      const cgroup = cgroupOf(parts, spec.executionId, id);
      return settleLaunch({ container, files, cgroup, killWaitMs: parts.limits.killWaitMs, control });
    }
    // One that was launched is followed from here on; one that was not waits for its start.
    if (isLaunched) await container.start();
    else if ((await parts.engine(spec.confinement)).way.cgroupHierarchies === undefined)
      await cgroupOf(parts, spec.executionId, id).create(spec.resources);
    return container;
  }

  async function removeAllSucceeded(): Promise<boolean> {
    const { way, launchers } = await parts.engine(spec.confinement);
    const containers = [...opened].map(([id, container]) => ({
      container,
      cgroup: cgroupOf(parts, spec.executionId, id),
    }));
    const enters = way.cgroupHierarchies !== undefined;
    return removeSucceeded({ directory: workspace.directory, containers, launchers, enters });
  }

  async function remove(): Promise<void> {
    await described?.catch(() => undefined);
    await warm?.release();
    await Promise.all([...opened.values()].map((container) => container.settled()));
    // One that was recovered may hold containers of an agent before this one.
    if (first === undefined || network !== undefined || !(await removeAllSucceeded())) {
      const isOver = (id: string) => opened.get(id)?.isOver() ?? false;
      await removeContainers(parts, spec.executionId, control, isOver);
      await network?.remove();
      await workspace.remove();
    }
    await parts.secretFiles.remove(spec);
  }

  return {
    handle: { ...spec },
    ...(losses === undefined ? {} : { losses }),
    async stage(inputs, signal, tenant) {
      const programs = needsStreams ? [await streamsProgram(architectureHere(), spec.volumes)] : [];
      return staging.stage(roots, [...inputs, ...programs], signal, sharingOf(tenant, spec.volumes));
    },
    usage: createUsageMeter(writableRoots(spec.volumes, roots)),
    collect: (outputs, signal, options) => staging.collect(roots, outputs, signal, options),
    create,
    recoverContainer,
    remove() {
      removing ??= remove().finally(() => {
        removing = undefined;
        onRemoved?.();
      });
      return removing;
    },
  };
}

function architectureHere(): string {
  return architectureOfNode[process.arch] ?? process.arch;
}

/** By identity: what an execution begins with is what it goes on with. */
function isSame(one: StepSpec, other: StepSpec): boolean {
  return one.step === other.step && one.image === other.image && one.secrets === other.secrets;
}

async function makeDirectory(path: string, executionId: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new ExecError('INTERNAL', `The sandbox of execution ${executionId} has been removed.`, { cause: error });
  }
}
