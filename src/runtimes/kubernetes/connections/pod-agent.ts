import { Agent } from 'node:https';
import { Duplex } from 'node:stream';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { onAbort } from '../../../support/abort/on-abort.ts';
import { agentTlsOptions } from '../../../support/net/pod-key.ts';

/** Opens a connection to the port of a pod's `keep` without the pod's address. */
export type OpenPodStream = (signal: AbortSignal) => Promise<Duplex>;

export interface PodAgentOptions {
  /** The pod's name and its key. */
  readonly pod: string;
  readonly key: Buffer;
  /** Absent: requests connect to their own host and port. */
  readonly openStream: OpenPodStream | undefined;
  /** Absent: each connection is used once. */
  readonly keepAliveMs?: number;
}

const connectTimeoutMs = 20_000;

/** The pool of connections to one pod. */
export function createPodAgent({ pod, key, openStream, keepAliveMs }: PodAgentOptions): Agent {
  const agent = new Agent(keepAliveMs === undefined ? {} : { keepAlive: true, keepAliveMsecs: keepAliveMs });
  if (openStream === undefined) return agent;
  const open = async (): Promise<TLSSocket> => {
    const signal = AbortSignal.timeout(connectTimeoutMs);
    return secure(await openStream(signal), { pod, key }, signal);
  };
  return Object.assign(agent, {
    createConnection(_: unknown, done?: (error: Error | null, socket: Duplex) => void) {
      open().then(
        (socket) => done?.(null, socket),
        // With an error, Node.js does not look at the stream.
        (error: unknown) => done?.(error instanceof Error ? error : new Error(String(error)), new Duplex()),
      );
      return undefined;
    },
  });
}

function secure(stream: Duplex, { pod, key }: { pod: string; key: Buffer }, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ ...agentTlsOptions(pod, key), socket: stream });
    const release = onAbort(signal, () => socket.destroy(new Error('the pod does not answer')));
    // Stays attached: what fails later is reported by the request on it.
    socket.on('error', reject);
    socket.once('close', () => {
      release();
      // It would stay open on the way to the pod, which waits for calls on it.
      stream.destroy();
      reject(new Error('the connection to the pod was closed'));
    });
    socket.once('secureConnect', () => {
      release();
      resolve(socket);
    });
  });
}
