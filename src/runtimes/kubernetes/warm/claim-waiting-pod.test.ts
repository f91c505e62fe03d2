import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { specOf } from '../../contract/bench.contract.ts';
import { openScriptedApi, send, status } from '../api/scripted-api.contract.ts';
import { podLabels } from '../shape/pod-names.ts';
import { claimWaitingPod } from './claim-waiting-pod.ts';

const never = new AbortController().signal;
const metadata = { name: 'w-1', uid: 'uid-1' };
const spec = specOf();

/** Asks for the pod at an API server that answers the patch as given; no keep is at its address. */
async function claim(code: number, body: unknown) {
  await using api = await openScriptedApi((_, response) => send(response, code, body));
  const place = { resource: { version: 'v1', name: 'pods' }, namespace: 'jobs' };
  const presence = new PassThrough();
  const claimed = claimWaitingPod(
    { client: api.client, place, lines: { keyOf: () => Buffer.alloc(32), openStreamOf: () => undefined } },
    { pod: { metadata }, address: '127.0.0.1', presence },
    spec,
    never,
  );
  const error = await claimed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, asked: api.asked, presence };
}

test('claimWaitingPod: gives the pod of that uid to the execution, and has none without its keep', async () => {
  const { error, asked, presence } = await claim(200, { metadata });
  expect(error).toBeInstanceOf(Error);
  // While no keep has agreed, the pod is known as one that waits.
  expect(presence.destroyed).toBe(false);
  expect(asked).toMatchObject([
    {
      method: 'PATCH',
      path: '/api/v1/namespaces/jobs/pods/w-1',
      body: {
        metadata: { uid: 'uid-1', labels: { [podLabels.execution]: spec.executionId, [podLabels.waiting]: null } },
      },
    },
  ]);
});

test('claimWaitingPod: a pod that is being deleted belongs to no execution', async () => {
  const { error } = await claim(200, { metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
  expect(error).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', message: 'The pod w-1 is being deleted.' });
});

test('claimWaitingPod: another pod of that name, or none, is not used', async () => {
  for (const [code, reason] of [
    [409, 'Conflict'],
    [404, 'NotFound'],
  ] as const) {
    const { error } = await claim(code, status(code, reason, 'no such pod'));
    expect(error).toMatchObject({ name: 'ApiError', reason });
  }
});
