import { messageOf } from '../../support/exec-error.ts';
import type { SandboxNetwork, SandboxSpec } from '../runtime.ts';
import type { OpenNetwork, PreparedNetwork, SandboxNetworks } from './sandbox-networks.ts';

/** The network that a sandbox needs of its own; undefined: the engine's usual one does. */
export async function openNetworkOf(
  networks: SandboxNetworks,
  { deployment, executionId, network }: SandboxSpec,
  signal: AbortSignal,
): Promise<OpenNetwork | undefined> {
  if (network === undefined || (network.onConnection === undefined && network.ports.length === 0)) return undefined;
  return networks.open({ deployment, executionId, network }, signal);
}

/** The same of a sandbox whose container waited with a network. */
export async function openPrepared(
  prepared: PreparedNetwork | undefined,
  { deployment, executionId, network }: SandboxSpec,
): Promise<OpenNetwork | undefined> {
  if (network === undefined) return undefined;
  return prepared?.open({ deployment, executionId, network }, new AbortController().signal);
}

export interface RecoverySpec extends Pick<SandboxSpec, 'deployment' | 'executionId'> {
  /** As it was recorded; null: there was none. */
  readonly id: string | null;
  readonly network: SandboxNetwork | undefined;
}

export interface RecoveredNetwork {
  readonly network?: OpenNetwork;
  readonly losses?: readonly string[];
}

/**
 * The network of a sandbox that is found again. That it cannot be served any more is no reason to lose what its containers
 * have done.
 */
export async function recoverNetwork(networks: SandboxNetworks, spec: RecoverySpec): Promise<RecoveredNetwork> {
  const { id, network = { mode: 'none', ports: [] } } = spec;
  if (id === null) return {};
  try {
    const found = await networks.recover({ ...spec, id, network });
    return found === undefined ? { losses: [lost('its network is gone')] } : { network: found };
  } catch (error) {
    return { losses: [lost(messageOf(error))] };
  }
}

function lost(reason: string): string {
  return `Services and ports could not be given back after the agent was started anew: ${reason}`;
}
