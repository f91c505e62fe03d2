import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ExecError, messageOf } from '../../../../support/exec-error.ts';
import type { AwayFacts } from '../../../runtime-away.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import type { ApiPlace } from '../api-resource.ts';
import { explainApiError } from '../explain-api-error.ts';
import { channelProtocol, openPortStream } from './port-stream.ts';

const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const keyBytes = 16;
const unauthorized = 401;
const forbidden = 403;

/**
 * Connects to a port of a pod through the API server and the pod's node, as `kubectl port-forward` does. Nothing is known of the
 * port yet: where nothing listens, the stream fails.
 * @throws ExecError RUNTIME_UNAVAILABLE when the account may not do that; an Error of any other kind may pass; the signal's reason
 */
export async function forwardPort(
  client: ApiClient,
  place: ApiPlace,
  { pod, port }: { readonly pod: string; readonly port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const key = randomBytes(keyBytes).toString('base64');
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
    'sec-websocket-protocol': channelProtocol,
  };
  const call = { name: pod, subresource: 'portforward', query: { ports: port }, headers };
  const { socket, headers: answered } = await client.upgrade(place, call, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw lasts(error) ? explainApiError(error, client.access) : new Error(messageOf(error), { cause: error });
  });
  const isAccepted = answered['sec-websocket-accept'] === acceptOf(key);
  if (isAccepted && answered['sec-websocket-protocol'] === channelProtocol) return openPortStream(socket);
  socket.destroy();
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The Kubernetes API at ${client.access.server.host} does not forward ports over WebSockets with ${channelProtocol}. A proxy in front of it may not support WebSockets; connect to the API server itself.`,
  );
}

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64');
}

/** Whether trying again gives the same. */
function lasts(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === unauthorized || error.status === forbidden;
  const facts: AwayFacts = error instanceof ExecError ? error.context : {};
  return error instanceof ExecError && facts.runtimeAway !== true;
}
