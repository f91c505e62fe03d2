import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ApiError, apiErrorOf, isPassing } from './api-error.ts';
import { namespaces, pods } from './api-resource.ts';
import { tokenFile } from './credentials/token-file.ts';
import { explainApiError } from './explain-api-error.ts';
import { type Answering, apiLimits, openScriptedApi, send, status } from './scripted-api.contract.ts';

const { signal } = new AbortController();
const jobs = { resource: pods, namespace: 'jobs' };
const named = z.object({ metadata: z.object({ name: z.string() }) });
const pod = { kind: 'Pod', metadata: { name: 'a', uid: 'u1' } };

function refusedWith(answer: Answering) {
  return async (ask: (api: Awaited<ReturnType<typeof openScriptedApi>>) => Promise<unknown>) => {
    await using api = await openScriptedApi(answer);
    return await ask(api).then(
      () => {
        throw new Error('the call succeeded');
      },
      (error: unknown) => ({ error, explained: explainApiError(error, api.client.access) }),
    );
  };
}

describe('API client', () => {
  test('sends paths, queries and bodies as the API wants them', async () => {
    await using api = await openScriptedApi((_, response) => send(response, 200, pod));
    await api.client.create(jobs, pod, named, { dryRun: true, signal });
    await api.client.patch(jobs, 'a', { metadata: { labels: { b: null } } }, named, signal);
    await api.client.delete(jobs, 'a', { uid: 'u1', resourceVersion: '7', graceSeconds: 2 }, signal);
    await api.client.get({ resource: namespaces }, 'jobs', named, signal);
    expect(api.asked).toMatchObject([
      { method: 'POST', path: '/api/v1/namespaces/jobs/pods', query: { dryRun: 'All' }, body: pod },
      { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } },
      { method: 'DELETE', body: { preconditions: { uid: 'u1', resourceVersion: '7' }, gracePeriodSeconds: 2 } },
      { method: 'GET', path: '/api/v1/namespaces/jobs' },
    ]);
  });

  test('returns undefined and false for an object that is missing', async () => {
    await using api = await openScriptedApi((_, response) =>
      send(response, 404, status(404, 'NotFound', 'pods "a" not found')),
    );
    expect(await api.client.get(jobs, 'a', named, signal)).toBe(undefined);
    expect(await api.client.delete(jobs, 'a', {}, signal)).toBe(false);
  });

  test('names the verb and the resource that a role lacks', async () => {
    const message = 'pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "jobs"';
    const refuse = refusedWith((_, response) => send(response, 403, status(403, 'Forbidden', message)));
    const { explained } = await refuse(({ client }) => client.list(jobs, {}, named, signal));
    expect(explained.code).toBe('RUNTIME_UNAVAILABLE');
    expect(explained.message).toContain('a Role in the namespace "jobs" with the verb "list" for "pods"');
  });

  test('does not blame the role where a quota forbids', async () => {
    const message = 'pods "a" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1';
    const refuse = refusedWith((_, response) => send(response, 403, status(403, 'Forbidden', message)));
    const { explained } = await refuse(({ client }) => client.create(jobs, pod, named, { signal }));
    expect(explained.message).toContain('exceeded quota');
    expect(explained.message).not.toContain('verb');
  });

  test('says to create a namespace that is missing', async () => {
    const refuse = refusedWith((_, response) =>
      send(response, 404, status(404, 'NotFound', 'namespaces "jobs" not found')),
    );
    const { explained } = await refuse(({ client }) => client.create(jobs, pod, named, { signal }));
    expect(explained.message).toContain('Create the namespace "jobs"');
  });

  test('reads Retry-After from the status and from the header', async () => {
    const attempted = { verb: 'create', resource: 'pods' } as const;
    const inStatus = apiErrorOf(
      429,
      JSON.stringify(status(429, 'TooManyRequests', 'slow', { retryAfterSeconds: 3 })),
      attempted,
    );
    expect([inStatus.retryAfterMs, isPassing(inStatus)]).toEqual([3000, true]);
    const inHeader = apiErrorOf(503, '<html>away</html>', attempted, '1');
    expect([inHeader.retryAfterMs, inHeader.reason, isPassing(inHeader)]).toEqual([1000, '', true]);
  });

  test('marks an API server that cannot be reached as away', async () => {
    const refuse = refusedWith((_, response) => response.destroy());
    const { error, explained } = await refuse(({ client }) => client.get(jobs, 'a', named, signal));
    expect(error).not.toBeInstanceOf(ApiError);
    expect(explained.context).toMatchObject({ runtimeAway: true });
  });

  test('gives up a call that is not answered in time', async () => {
    await using api = await openScriptedApi(() => undefined, {}, { callTimeoutMs: 50 });
    await expect(api.client.get(jobs, 'a', named, signal)).rejects.toThrow('was not answered within 50 ms');
  });

  test('refuses an answer larger than the limit', async () => {
    await using api = await openScriptedApi((_, response) =>
      send(response, 200, 'x'.repeat(apiLimits.answerBytes + 1)),
    );
    await expect(api.client.get(jobs, 'a', named, signal)).rejects.toThrow('larger than 100000 bytes');
  });

  test('rejects with the reason of its signal', async () => {
    await using api = await openScriptedApi(() => undefined);
    const canceling = new AbortController();
    const call = api.client.get(jobs, 'a', named, canceling.signal);
    canceling.abort(new Error('canceled by the test'));
    await expect(call).rejects.toThrow('canceled by the test');
  });

  test('asks once more with the new token when the server refuses the old one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'token-'));
    const file = join(directory, 'token');
    await writeFile(file, 'old\n');
    const answer: Answering = ({ headers }, response) =>
      headers.authorization === 'Bearer new'
        ? send(response, 200, pod)
        : send(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
    await using api = await openScriptedApi(answer, { credentials: tokenFile(file, { now: () => 0 }) });
    await expect(api.client.get(jobs, 'a', named, signal)).rejects.toMatchObject({ status: 401 });
    expect(api.asked).toHaveLength(1);
    await writeFile(file, 'new\n');
    expect(await api.client.get(jobs, 'a', named, signal)).toEqual({ metadata: { name: 'a' } });
    expect(api.asked).toHaveLength(3);
    await rm(directory, { recursive: true });
  });

  test('turns any answer into a value or an error of its own', async () => {
    let next = { code: 200, body: '' };
    await using api = await openScriptedApi((_, response) => send(response, next.code, next.body));
    const bodies = fc.oneof(fc.json(), fc.string(), fc.constant(JSON.stringify(pod)));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200, max: 599 }), bodies, async (code, body) => {
        next = { code, body };
        const result = await api.client.list(jobs, {}, named, signal).catch((error: unknown) => error);
        const explained = result instanceof Error ? explainApiError(result, api.client.access) : undefined;
        expect(
          explained === undefined ? named.safeParse(result).success : explained.code === 'RUNTIME_UNAVAILABLE',
        ).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
