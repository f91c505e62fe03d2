import { connect } from 'node:net';
import { delay } from '../../support/time/deadline.ts';

export interface CheckClosedOptions {
  /** `HOST:PORT` of servers that would accept a connection if the pod's network were open; at least one. */
  readonly canaries: readonly string[];
  /** Policies may come into force a while after a pod has started. */
  readonly withinMs?: number;
  /** For one connection, which a policy may leave without an answer: the kernel tries once more after a second. */
  readonly connectMs?: number;
  readonly pauseMs?: number;
}

const usual = { withinMs: 10_000, connectMs: 1_500, pauseMs: 300 };

/**
 * Tests that network policies keep this pod from connecting to servers which it could connect to without any. It shows nothing
 * of servers that do not run.
 * @throws Error that names what it can connect to, and the fix
 */
export async function checkClosed({ canaries, ...given }: CheckClosedOptions): Promise<void> {
  const { withinMs, connectMs, pauseMs } = { ...usual, ...given };
  if (canaries.length === 0) throw new Error('nothing is known that a test of its network could connect to');
  const never = new AbortController().signal;
  const begun = performance.now();
  for (;;) {
    const answers = await Promise.all(canaries.map((canary) => connects(canary, connectMs)));
    const open = canaries.filter((_, index) => answers[index]);
    if (open.length === 0) return;
    if (performance.now() - begun > withinMs)
      throw new Error(
        `it can connect to ${open.join(', ')}, so no network policy is in force. Apply the network policies of access.yaml in a cluster whose network plugin enforces policies, or set EXEC_KUBE_ISOLATION=own where pods can have user namespaces`,
      );
    await delay(pauseMs, never);
  }
}

function connects(canary: string, connectMs: number): Promise<boolean> {
  const at = canary.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: canary.slice(0, at), port: Number(canary.slice(at + 1)), timeout: connectMs });
    const settle = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}
