import { request } from 'node:https';
import type { Socket } from 'node:net';
import { onAbort } from '../../../support/abort/on-abort.ts';
import { agentTlsOptions } from '../../../support/net/pod-key.ts';
import { type Claim, claimHeader } from '../../../wire/pod/pod.ts';
import { createPodAgent, type OpenPodStream } from './pod-agent.ts';

/** One pod's `keep`, as an agent speaks to it. */
export interface PodEnd {
  readonly host: string;
  readonly port: number;
  /** The pod's name and its key. */
  readonly pod: string;
  readonly key: Buffer;
  /** Absent: the pod has no execution yet. */
  readonly claim?: Claim;
  /** Absent: by host and port. */
  readonly openStream?: OpenPodStream | undefined;
}

/**
 * Opens a connection to `keep` that speaks a protocol of its own, such as `/carrier`. Each side can end its half.
 * @throws Error when it is refused or fails; the signal's reason
 */
export function dialPod(
  { host, port, pod, key, claim, openStream }: PodEnd,
  path: string,
  protocol: string,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const claimed = claim === undefined ? {} : { [claimHeader]: JSON.stringify(claim) };
    const headers = { ...claimed, connection: 'upgrade', upgrade: protocol };
    const agent = createPodAgent({ pod, key, openStream });
    const asked = request({ ...agentTlsOptions(pod, key), host, port, agent, path, headers });
    const release = onAbort(signal, () => asked.destroy());
    const fail = (error: unknown): void => {
      release();
      reject(signal.aborted ? signal.reason : error);
    };
    asked.on('error', fail);
    asked.once('response', (response) => {
      response.destroy();
      fail(new Error(`the pod refused ${path} with ${response.statusCode}`));
    });
    asked.once('upgrade', (_, socket, head) => {
      release();
      // The close that follows says what it means.
      socket.on('error', () => undefined);
      socket.allowHalfOpen = true;
      socket.setNoDelay(true);
      socket.setKeepAlive(true);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    asked.end();
  });
}
