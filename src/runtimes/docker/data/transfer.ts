import { join } from 'node:path';
import type { Input } from '../../../wire/plan/plan.ts';
import type { WorkspaceSpec } from '../../../workspace/create-workspace.ts';
import { directoryName } from '../../directory-name.ts';
import type { Sandbox, SandboxSpec, StageReport, Staging } from '../../runtime.ts';
import type { SecretFiles } from '../../secrets/secret-files.ts';
import type { Mount } from '../container/container-body.ts';
import type { DockerLimits } from '../docker-options.ts';
import type { Engine } from '../engine/connect-engine.ts';

/** How the directories of one sandbox get into its containers and back. */
export interface Transfer {
  /** For every container of the sandbox. */
  readonly mounts: readonly Mount[];
  /** Puts the files that are not mounted into a container that has not been started. Absent: all are mounted. */
  readonly place?: (container: string) => Promise<void>;
  /** An `/etc/hosts` for containers that are not on an open network; absent: the engine makes it. */
  readonly hostsFile?: Mount;
  /** Of the workspace, where that is on the engine's machine. */
  readonly control?: string;
  /** What it needs to be found again. */
  readonly handle: { readonly transfer: 'bind' } | { readonly transfer: 'archive'; readonly helper: string };
  stage(inputs: readonly Input[], signal: AbortSignal, tenant?: string): Promise<StageReport>;
  readonly usage: Sandbox['usage'];
  readonly collect: Sandbox['collect'];
  /** Directories and volumes; the containers that use them are gone by then. Safe to repeat. */
  remove(): Promise<void>;
}

export interface TransferContext {
  readonly engine: Engine;
  readonly limits: DockerLimits;
  readonly workDir: string;
  readonly staging: Staging;
  readonly secretFiles: SecretFiles;
  /** Why containers cannot be shown files of this machine's memory; undefined: they can. */
  readonly secretsObstacle: () => Promise<string | undefined>;
}

/** What a sandbox is made of, without its limits. */
export type TransferSpec = Pick<SandboxSpec, 'executionId' | 'deployment' | 'volumes'> & { readonly sandboxId: string };

/** Of a sandbox that is made now. */
export type NewTransferSpec = TransferSpec & Pick<SandboxSpec, 'fence'>;

/** Where the workspaces of a deployment are. */
export function workspacesOf(workDir: string, deployment: string): string {
  return join(workDir, 'workspaces', directoryName(deployment));
}

export function workspaceSpec({ workDir }: TransferContext, spec: TransferSpec): WorkspaceSpec {
  const { deployment, executionId, volumes } = spec;
  return { baseDir: workspacesOf(workDir, deployment), executionId, volumes };
}
