import { Server, type Socket } from 'node:net';
import { z } from 'zod';
import { onAbort } from '../../support/abort/on-abort.ts';
import { ExecError } from '../../support/exec-error.ts';
import { withDeadline } from '../../support/time/deadline.ts';
import type { NetworkTools } from './network-tools.ts';
import { type Helper, startHelper } from './start-helper.ts';

export interface ListenRequest {
  readonly tools: NetworkTools;
  /** A path of the namespace: `/proc/<pid>/ns/net`, or a file that it is bound to. Its loopback has to be up. */
  readonly netns: string;
  readonly port: number;
  /** Default: 127.0.0.1. */
  readonly address?: string;
  /**
   * For a namespace in which clients run already: what connects before the caller has the server would wait for ever
   * for somebody to listen to it.
   */
  readonly onConnection?: ((socket: Socket) => void) | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const failureSchema = z.object({ failed: z.string() });

/**
 * A server of this process that listens inside a network namespace: what connects to it is in there, and nothing else
 * is reached through it. The namespace lives as long as the server does. Nobody else is left running.
 * @throws ExecError RUNTIME_UNAVAILABLE, also when the port is taken in there; the signal's reason when it is aborted
 */
export function listenInNamespace(request: ListenRequest): Promise<Server> {
  const { timeoutMs: ms, signal: parent, netns } = request;
  const reason = () => new ExecError('RUNTIME_UNAVAILABLE', `Listening in ${netns} took more than ${ms} ms.`);
  return withDeadline({ ms, reason, parent }, (signal) => listen(request, signal));
}

async function listen(request: ListenRequest, signal: AbortSignal): Promise<Server> {
  signal.throwIfAborted();
  const { tools, netns, port, address = '127.0.0.1', onConnection } = request;
  const helper = startHelper({ tools, netns, script: 'listen-helper', args: [address, String(port)] });
  const release = onAbort(signal, () => helper.process.kill('SIGKILL'));
  const outcome = await takeServer(helper, onConnection);
  release();
  if (outcome instanceof Server && !signal.aborted) return outcome;
  if (outcome instanceof Server) outcome.close();
  signal.throwIfAborted();
  throw new ExecError('RUNTIME_UNAVAILABLE', `Cannot listen on ${address}:${port} in ${netns}: ${outcome}.`);
}

/** The server, or why there is none; in either case once the helper is gone. */
async function takeServer(
  { process: child, said, ended }: Helper,
  onConnection: ListenRequest['onConnection'],
): Promise<Server | string> {
  let outcome: Server | string | undefined;
  child.on('message', (message, handle) => {
    const failure = failureSchema.safeParse(message);
    if (handle instanceof Server) {
      // It accepts from this moment on.
      if (onConnection !== undefined) handle.on('connection', onConnection);
      outcome = handle;
    } else if (failure.success) outcome = failure.data.failed;
  });
  await ended;
  return outcome ?? (said() || 'the helper ended without a word');
}
