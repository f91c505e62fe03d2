import { describe, expect, test } from 'vitest';
import { ExecError } from '../../../support/exec-error.ts';
import { pods } from '../api/api-resource.ts';
import { openScriptedApi, send } from '../api/scripted-api.contract.ts';
import type { Pod } from '../pods/pod-schema.ts';
import { watchPods } from '../pods/watch-pods.ts';
import { openPodLine, type PodLine } from './pod-line.ts';

const never = new AbortController().signal;
const metadata = { name: 'one', uid: 'u' };
const pending: Pod = { metadata: { ...metadata, resourceVersion: '2' }, status: { phase: 'Pending' } };
const ready: Pod = {
  metadata: { ...metadata, resourceVersion: '3' },
  status: { phase: 'Running', podIP: '10.0.0.1', containerStatuses: [{ name: 'keep', state: { running: {} } }] },
};

interface Scene {
  readonly now: Pod;
  readonly startSeconds: number;
  readonly refreshMs: number;
  readonly checkMs?: number;
}

/** A pod that was pending when it was added, of which the watch says nothing more. */
async function withLine(
  { now, startSeconds, refreshMs, checkMs = 0 }: Scene,
  work: (line: PodLine) => Promise<void>,
): Promise<void> {
  await using api = await openScriptedApi(({ path, query }, response) => {
    if (path.endsWith('/pods/one')) return send(response, 200, now);
    if (query.watch === 'true') return response.writeHead(200).flushHeaders();
    send(response, 200, { metadata: { resourceVersion: '1' }, items: [pending] });
  });
  const place = { resource: pods, namespace: 'jobs' };
  const watch = watchPods({ client: api.client, place, labelSelector: 'a=b', onTrouble: () => undefined });
  watch.add(pending);
  const line = openPodLine({
    pod: 'one',
    key: Buffer.alloc(32),
    claim: { execution: 'x', fence: 1 },
    watch,
    references: new Map(),
    startSeconds,
    refreshMs,
    checkMs,
    awayMs: 1000,
    readEviction: async () => undefined,
  });
  try {
    await work(line);
  } finally {
    line.close();
    watch.close();
  }
}

describe('openPodLine', () => {
  test('reads the pod again while its address is waited for', async () => {
    await withLine({ now: ready, startSeconds: 3600, refreshMs: 20 }, async (line) => {
      await line.ready(never);
      expect(line.pod()).toEqual(ready);
    });
  });

  test('reads the pod once more before it says that it did not start', async () => {
    await withLine({ now: ready, startSeconds: 0, refreshMs: 60_000 }, async (line) => {
      await line.ready(never);
      expect(line.pod()).toEqual(ready);
    });
  });

  test('says that a pod did not start which is still pending', async () => {
    await withLine({ now: pending, startSeconds: 0, refreshMs: 60_000 }, async (line) => {
      await expect(line.ready(never)).rejects.toMatchObject({
        code: 'RUNTIME_UNAVAILABLE',
        message: expect.stringContaining('did not start within'),
      });
    });
  });

  const crashed = (exitCode: number, rules: readonly unknown[]): Pod => ({
    ...ready,
    metadata: { ...metadata, resourceVersion: '4' },
    spec: { containers: [{ name: 'keep', restartPolicyRules: [...rules] }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'keep', state: { terminated: { exitCode } } }] },
  });

  test('what the watch knows is enough for a while after the pod was read', async () => {
    const gone = crashed(0, []);
    await withLine({ now: gone, startSeconds: 3600, refreshMs: 60_000, checkMs: 3_600_000 }, async (line) => {
      await line.check(never);
      expect(line.pod()).toEqual(pending);
    });
  });

  test.each([
    ['that the kubelet starts again is waited for', crashed(137, [{}]), false],
    ['that is not started again is lost', crashed(137, []), true],
    ['that ended with everything recorded is lost', crashed(0, [{}]), true],
    ['that no agent came for is lost', crashed(3, [{}]), true],
  ])('a keep %s', async (_, now, isLost) => {
    await withLine({ now, startSeconds: 3600, refreshMs: 60_000 }, async (line) => {
      const checked = await line.check(never).then(
        () => false,
        (error: unknown) => error instanceof ExecError,
      );
      expect(checked).toBe(isLost);
    });
  });
});
