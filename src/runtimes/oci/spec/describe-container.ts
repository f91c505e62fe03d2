import { stopSignalOf } from '../../command/parse-signal.ts';
import { processLimit } from '../../gvisor.ts';
import type { SandboxSpec, StepSpec, WorkspaceRoots } from '../../runtime.ts';
import { capabilitiesOf } from '../../users/capabilities.ts';
import { holdUser } from '../../users/hold-user.ts';
import { homeOf } from '../../users/resolve-user.ts';
import { containerScore } from '../cgroup/group-limits.ts';
import { volumeMounts } from '../image/image-volumes.ts';
import { rootPathIn } from '../launcher/launcher-command.ts';
import type { OciParts, ReadyEngine, UnpackedImage } from '../oci-parts.ts';
import { annotate, type ContainerFacts } from './container-facts.ts';
import { commandOf, containerSpec } from './container-spec.ts';
import type { SeccompFilter } from './seccomp-profile.ts';
import { kernelPaths, mountsOf } from './spec-mounts.ts';

export interface Described {
  /** The text of config.json. */
  readonly config: string;
  readonly facts: ContainerFacts;
  readonly seccomp: SeccompFilter;
}

interface DescribeInput {
  readonly step: StepSpec['step'];
  readonly image: UnpackedImage;
  /** Further host files and directories that appear read-only, by container path. */
  readonly shown?: ReadonlyMap<string, string>;
  readonly engine: ReadyEngine;
  readonly sandbox: Pick<SandboxSpec, 'volumes' | 'scratch' | 'resources' | 'confinement'>;
  readonly roots: WorkspaceRoots;
  readonly cgroupsPath: string;
  /** Absent: a network of its own. */
  readonly networkPath?: string | undefined;
  /** Where the config.json that its engine reads is, if not on disk. */
  readonly memory?: string | undefined;
  readonly parts: Pick<OciParts, 'limits' | 'places'>;
}

/**
 * Everything about a container that is decided before it starts.
 * @throws ExecError START_FAILED when the image does not know the user, or there is no command; POLICY_DENIED for its user
 */
export async function describeContainer(input: DescribeInput): Promise<Described> {
  const { step, image, engine, sandbox, roots, cgroupsPath, parts } = input;
  const { resources, volumes, scratch, confinement } = sandbox;
  const capabilities = capabilitiesOf(confinement);
  const ids = await holdUser({
    asked: step.user,
    imageUser: image.config.config.User ?? '',
    rules: confinement,
    readDatabase: async () => image.users,
  });
  const imageVolumes = await volumeMounts({
    rootfs: image.rootfs,
    config: image.config,
    readOnlyRoot: step.readOnlyRoot,
    mounted: [
      ...kernelPaths,
      ...scratch,
      ...volumes.filter(({ files }) => files === undefined).map(({ path }) => path),
    ],
    bytes: resources.scratchBytes,
  });
  const mounts = mountsOf({
    imageVolumes,
    volumes,
    roots,
    scratch,
    scratchBytes: resources.scratchBytes,
    shmBytes: resources.shmBytes ?? parts.limits.shmBytes,
    init: engine.init,
    shown: new Map([...engine.shown, ...image.shown, ...(input.shown ?? [])]),
  });
  const command = commandOf(step, image.config);
  const facts = {
    command: command[0] ?? '',
    image: image.digest,
    lower: image.rootfs,
    layerBytes: resources.scratchBytes,
    stopSignal: stopSignalOf(image.config.config.StopSignal),
    enters: engine.way.cgroupHierarchies !== undefined,
    memory: input.memory,
  };
  const seccomp = engine.seccompFor(image.config.architecture, capabilities);
  const config = containerSpec({
    rootPath: rootPathIn(parts.places.mountPoint),
    step,
    command,
    image: image.config,
    user: { ...ids, home: homeOf(ids.uid, image.users) },
    mounts,
    resources: { ...resources, pids: processLimit(resources.pids, engine.way.name) },
    openFiles: Math.min(engine.openFiles, resources.openFiles ?? engine.openFiles),
    capabilities,
    seccomp,
    cgroupsPath,
    oomScore: engine.way.cgroupHierarchies === undefined ? undefined : containerScore,
    networkPath: input.networkPath,
    countsSwap: engine.countsSwap,
    annotations: { ...annotate(facts), ...engine.compiledFilters?.annotationsFor(seccomp) },
  });
  return { config: `${JSON.stringify(config)}\n`, facts, seccomp };
}
