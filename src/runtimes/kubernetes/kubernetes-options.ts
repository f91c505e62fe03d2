import type { Logger } from '../../telemetry/log.ts';
import type { RegistryAccess } from '../registries/registry-access.ts';
import type { Sources } from '../runtime.ts';
import type { WarmOptions } from '../warm/warm-options.ts';
import type { KubeAccess } from './api/credentials/kube-access.ts';
import type { Isolation } from './shape/isolation.ts';

/** As the specification of a pod has it. */
export interface Toleration {
  readonly key: string;
  readonly operator: 'Exists' | 'Equal';
  readonly value?: string;
  /** Absent: any. */
  readonly effect?: string;
}

/** How pods are made. */
export interface PodOptions {
  /** Of the pods; a namespace for nothing else. */
  readonly namespace: string;
  /** The image of this project, which is beside the steps. */
  readonly keepImage: string;
  /** Names of secrets in that namespace, for the registries of the images. */
  readonly pullSecrets: readonly string[];
  /** Labels that a node must have. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly isolation: Isolation;
  /** `HOST:PORT` of servers that a pod with an open network could connect to; used with `policy` alone. */
  readonly canaries: readonly string[];
  /** Taints of nodes that pods tolerate. */
  readonly tolerations: readonly Toleration[];
  /** The resource that a GPU is: `nvidia.com/gpu`. */
  readonly gpuResource: string;
  /** How many times the CPUs of a node may be promised. */
  readonly cpuOvercommit: number;
  /** Seconds without an agent after which a pod ends by itself. */
  readonly orphanSeconds: number;
  /** Of stdout and stderr of one step together. */
  readonly logBytes: number;
  /** Of the read-write volumes together. */
  readonly outputBytes: number;
  /** Of the root filesystem, where the request says no other. */
  readonly layerBytes: number;
}

/** How an agent connects to pods: by their addresses, or through the API server and the kubelet. */
export type Reach = 'direct' | 'port-forward';

export interface KubernetesOptions {
  readonly access: KubeAccess;
  /** Known to all agents of the deployment and nobody else; at least 32 bytes. */
  readonly fleetKey: Buffer;
  readonly pods: PodOptions;
  readonly reach: Reach;
  /** Where commands reach services on their loopback. */
  readonly servicePort: number;
  readonly registries: RegistryAccess;
  readonly sources: Sources;
  readonly logger: Logger;
  /** Absent: no pod is made ahead of its execution. */
  readonly warm?: WarmOptions;
  /** How long a pod may take to be scheduled and started. */
  readonly startSeconds: number;
  /** How long a pod may be out of reach. */
  readonly awayMs: number;
}
