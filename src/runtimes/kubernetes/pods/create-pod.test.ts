import { expect, test } from 'vitest';
import { specOf } from '../../contract/bench.contract.ts';
import type { StepSpec } from '../../runtime.ts';
import { type Asked, openScriptedApi, send, status } from '../api/scripted-api.contract.ts';
import { podOptions as options } from '../pod-options.contract.ts';
import { identityOf } from '../shape/pod-names.ts';
import { freeWaitingPod } from '../warm/free-waiting-pod.ts';
import { createPodMaker } from './create-pod.ts';

const never = new AbortController().signal;
const step: StepSpec = {
  step: { image: { reference: 'alpine', pull: 'missing' }, env: {}, readOnlyRoot: false, ignoreError: false },
  image: { reference: 'alpine', digest: `sha256:${'0'.repeat(64)}` },
};
const overQuota = status(403, 'Forbidden', 'pods "x" is forbidden: exceeded quota: few, requested: pods=1');

const waitingPod = (name: string, more = {}) => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: '7', ...more },
});

/** A cluster whose quota is used up by pods that wait; the one named `given` is given to an execution meanwhile. */
async function createWith(waiting: readonly ReturnType<typeof waitingPod>[]) {
  const left = new Set(waiting.map(({ metadata }) => metadata.name));
  let used = left.size;
  await using api = await openScriptedApi((asked, response) => {
    const name = asked.path.split('/').at(-1) ?? '';
    if (asked.method === 'GET')
      return send(response, 200, {
        metadata: { resourceVersion: '1' },
        items: waiting.filter(({ metadata }) => left.has(metadata.name)),
      });
    if (asked.method === 'DELETE' && name === 'w-given') {
      left.delete(name);
      return send(response, 409, status(409, 'Conflict', 'the resource version is another one'));
    }
    if (asked.method === 'DELETE') {
      if (left.delete(name)) used -= 1;
      return send(response, 200, {});
    }
    if (used >= waiting.length) return send(response, 403, overQuota);
    send(response, 201, { metadata: { name: 'x', uid: 'u' }, spec: { hostUsers: false } });
  });
  const place = { resource: { version: 'v1', name: 'pods' }, namespace: 'jobs' };
  const maker = createPodMaker({ client: api.client, place, fleetKey: Buffer.alloc(32), options, closed: never });
  const spec = specOf();
  const makeRoom = () => freeWaitingPod({ client: api.client, place }, spec.deployment, never);
  const request = { identity: identityOf(spec), spec, steps: [step] };
  const error = await maker.create(request, never, makeRoom).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, deleted: api.asked.filter(({ method }) => method === 'DELETE') };
}

const targets = (asked: readonly Asked[]) => asked.map(({ path }) => path.split('/').at(-1));

test('createPodMaker: a quota that is used up gives the room of one pod that waits to the execution', async () => {
  const { error, deleted } = await createWith([waitingPod('w-1'), waitingPod('w-2')]);
  expect(error).toBeUndefined();
  expect(targets(deleted)).toEqual(['w-1']);
  expect(deleted[0]?.body).toMatchObject({ preconditions: { uid: 'uid-w-1', resourceVersion: '7' } });
});

test('createPodMaker: takes no room from a pod that has an execution by now, or is being deleted', async () => {
  const { error, deleted } = await createWith([
    waitingPod('w-ending', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    waitingPod('w-given'),
    waitingPod('w-3'),
  ]);
  expect(error).toBeUndefined();
  expect(targets(deleted)).toEqual(['w-given', 'w-3']);
});

test('createPodMaker: without a pod that waits, a quota that is used up keeps the request in the queue', async () => {
  const { error, deleted } = await createWith([]);
  expect(error).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', context: { runtimeFull: true } });
  expect(deleted).toEqual([]);
});

test('createPodMaker: a name that a pod has which is being deleted is tried again until it is free', async () => {
  const taken = status(409, 'AlreadyExists', 'object is being deleted: pods "x" already exists');
  const terminating = { metadata: { name: 'x', uid: 'old', deletionTimestamp: '2026-01-01T00:00:00Z' } };
  let creates = 0;
  await using api = await openScriptedApi(({ method }, response) => {
    if (method === 'GET' && creates === 1) return send(response, 200, terminating);
    // It is gone between the two calls.
    if (method === 'GET') return send(response, 404, status(404, 'NotFound', 'pods "x" not found'));
    creates += 1;
    if (creates < 3) return send(response, 409, taken);
    send(response, 201, { metadata: { name: 'x', uid: 'new' }, spec: { hostUsers: false } });
  });
  const place = { resource: { version: 'v1', name: 'pods' }, namespace: 'jobs' };
  const maker = createPodMaker({ client: api.client, place, fleetKey: Buffer.alloc(32), options, closed: never });
  const spec = specOf();
  const pod = await maker.create({ identity: identityOf(spec), spec, steps: [step] }, never);
  expect({ uid: pod.metadata.uid, creates }).toEqual({ uid: 'new', creates: 3 });
});
