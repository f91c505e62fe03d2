import type { Socket } from 'node:net';
import { onAbort } from '../../../support/abort/on-abort.ts';
import { settlesWithin } from '../../../support/time/deadline.ts';
import type { Logger } from '../../../telemetry/log.ts';
import { carrierProtocol, portProtocol } from '../../../wire/pod/pod.ts';
import type { SandboxNetwork } from '../../runtime.ts';
import { forwardPodPorts } from './forward-pod-ports.ts';
import { serveCalls } from './serve-calls.ts';

/** Services and ports of one pod, served by this agent. */
export interface PodServing {
  /** Resolves once a call of the command to a service would be received, or at the latest after a while. */
  ready(): Promise<void>;
  /** Nothing further is served, and the ports are closed. Safe to repeat. */
  close(): Promise<void>;
}

export interface PodServingOptions {
  readonly network: SandboxNetwork | undefined;
  /** Opens a connection to `keep`, once that runs. */
  readonly dial: (path: string, protocol: string, signal: AbortSignal) => Promise<Socket>;
  /** Aborted when the runtime detaches. */
  readonly closed: AbortSignal;
  readonly logger: Logger;
}

/** Longer than a handshake takes; a pod that cannot be connected to at all fails elsewhere. */
const readyMs = 10_000;

/**
 * Serves a pod's services and ports until it is closed; undefined when it has neither.
 * @throws ExecError START_FAILED when a host port cannot be opened, naming it
 */
export async function servePod({ network, dial, closed, logger }: PodServingOptions): Promise<PodServing | undefined> {
  const { onConnection, ports = [] } = network ?? {};
  if (onConnection === undefined && ports.length === 0) return undefined;
  const forwarding =
    ports.length === 0
      ? undefined
      : await forwardPodPorts({
          ports,
          dial: (port, signal) => dial(`/ports/${port}`, portProtocol, signal),
        });
  const calls =
    onConnection &&
    serveCalls({
      dial: (signal) => dial('/carrier', carrierProtocol, signal),
      onConnection,
      onTrouble: (error) => logger.debug({ err: error }, 'no connection for calls of a pod'),
    });
  let stopFollowing: () => void = () => undefined;
  const close = async (): Promise<void> => {
    stopFollowing();
    calls?.close();
    await forwarding?.close();
  };
  stopFollowing = onAbort(closed, () => void close());
  const ready = async (): Promise<void> => {
    if (calls !== undefined) await settlesWithin(calls.ready, readyMs);
  };
  return { ready, close };
}
