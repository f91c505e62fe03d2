import type { Owners } from '../../support/processes/owners.ts';
import type { Confinement } from '../../wire/plan/plan.ts';
import type { GroupLayout } from '../groups/group-layout.ts';
import type { SecretFiles } from '../secrets/secret-files.ts';
import type { UserDatabase } from '../users/resolve-user.ts';
import type { ImageConfig } from './image/image-config.ts';
import type { LaunchStrategy } from './launcher/launcher-command.ts';
import type { Launchers } from './launcher/launchers.ts';
import type { OciLimits, OciOptions } from './oci-options.ts';
import type { OciPlaces } from './oci-places.ts';
import type { CompiledFilters } from './spec/compiled-filters.ts';
import type { SeccompFilter } from './spec/seccomp-profile.ts';

/** What is there before any engine is. */
export interface EngineParts {
  readonly options: OciOptions;
  readonly limits: OciLimits;
  readonly places: OciPlaces;
  readonly layout: GroupLayout;
  /** Aborted when the runtime detaches. */
  readonly closed: AbortSignal;
}

/** What the parts of this driver share. */
export interface OciParts extends EngineParts {
  /**
   * The engine that containers run in: the one that the confinement names, else the first that works here.
   * @throws ExecError RUNTIME_UNAVAILABLE with the fix
   */
  engine(confinement: Pick<Confinement, 'ociRuntime'>): Promise<ReadyEngine>;
  readonly secretFiles: SecretFiles;
  readonly owners: Owners;
  /** @throws ExecError IMAGE_NOT_FOUND when it was pruned meanwhile */
  unpacked(digest: string): Promise<UnpackedImage>;
}

/** An OCI runtime that was seen to run a container here. */
export interface ReadyEngine {
  readonly way: LaunchStrategy;
  readonly launchers: Launchers;
  /** A static init program. */
  readonly init: string;
  /** Host files that every container is shown, by container path. */
  readonly shown: ReadonlyMap<string, string>;
  /** Open files that a process in a container may have. */
  readonly openFiles: number;
  readonly countsSwap: boolean;
  /** @param capabilities with `CAP_` */
  seccompFor(architecture: string, capabilities: readonly string[]): SeccompFilter;
  /** Absent: the engine takes no filters that are compiled. */
  readonly compiledFilters?: CompiledFilters | undefined;
}

/** An image as a directory. */
export interface UnpackedImage {
  readonly digest: string;
  readonly config: ImageConfig;
  /** The root filesystem; shared by all containers and never written. */
  readonly rootfs: string;
  readonly users: UserDatabase;
  /** Host files and directories that appear read-only in it, by container path. */
  readonly shown: ReadonlyMap<string, string>;
}
