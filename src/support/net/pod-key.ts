import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ConnectionOptions, TlsOptions } from 'node:tls';

/** Shortest key of a deployment, in bytes. */
const shortestFleetKey = 32;

// With these both ends prove that they have the key, and a key that leaks later opens no recorded connection.
const common = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const;

/**
 * The key of one pod, which all agents of a deployment can derive and no other pod knows.
 * @param fleetKey the deployment's. @throws RangeError when it is shorter than 32 bytes
 */
export function derivePodKey(fleetKey: Buffer, pod: string): Buffer {
  if (fleetKey.length < shortestFleetKey) throw new RangeError(`a fleet key has at least ${shortestFleetKey} bytes`);
  return createHmac('sha256', fleetKey).update(`pod ${pod}`).digest();
}

/** The end of the pod: it accepts agents that have its key and mean this pod. */
export function podTlsOptions(pod: string, key: Buffer): TlsOptions {
  return { ...common, pskCallback: (_, identity) => (isEqual(identity, pod) ? key : null) };
}

/** The end of the agent: an address that another pod has now is refused. */
export function agentTlsOptions(pod: string, key: Buffer): ConnectionOptions {
  // There is no certificate: the key proves who it is.
  return { ...common, pskCallback: () => ({ psk: key, identity: pod }), checkServerIdentity: () => undefined };
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
