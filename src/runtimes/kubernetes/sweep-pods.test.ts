import { expect, test } from 'vitest';
import { openScriptedApi, send, status } from './api/scripted-api.contract.ts';
import { podLabels } from './shape/pod-names.ts';
import { sweepPods } from './sweep-pods.ts';

const { signal } = new AbortController();
const now = Date.parse('2026-01-01T12:00:00Z');
const startSeconds = 60;
const waits = { [podLabels.waiting]: 'true' };

const podOf = (name: string, labels: Record<string, string>, phase: string, creationTimestamp: string) => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: '7', labels, creationTimestamp },
  status: { phase },
});

test('sweepPods: deletes pods that were made ahead and whose agent has died, and no others', async () => {
  const recent = '2026-01-01T11:59:00Z';
  const old = '2026-01-01T11:57:59Z';
  const items = [
    podOf('ended', waits, 'Failed', recent),
    podOf('given-meanwhile', waits, 'Failed', recent),
    podOf('never-up', waits, 'Pending', old),
    podOf('coming-up', waits, 'Pending', recent),
    podOf('waits', waits, 'Running', old),
    podOf('of-nobody', {}, 'Running', old),
    podOf('runs', { [podLabels.execution]: 'known' }, 'Running', old),
  ];
  await using api = await openScriptedApi(({ method, path }, response) => {
    if (method === 'GET') return send(response, 200, { metadata: { resourceVersion: '9' }, items });
    if (path.endsWith('given-meanwhile')) return send(response, 409, status(409, 'Conflict', 'it has changed'));
    send(response, 200, {});
  });
  const swept = await sweepPods({
    client: api.client,
    place: { resource: { version: 'v1', name: 'pods' }, namespace: 'jobs' },
    deployment: 'd',
    isKnown: async (id) => id === 'known',
    startSeconds,
    remove: () => Promise.reject(new Error('no execution is unknown here')),
    clock: { now: () => now },
    signal,
  });
  expect(swept).toEqual([{ what: 'container' }, { what: 'container' }]);
  const deletes = api.asked.filter(({ method }) => method === 'DELETE');
  expect(deletes.map(({ path }) => path.split('/').at(-1))).toEqual(['ended', 'given-meanwhile', 'never-up']);
  for (const { body } of deletes) expect(body).toMatchObject({ preconditions: { resourceVersion: '7' } });
});
