import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { systemClock } from '../../support/time/clock.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { specOf } from '../contract/bench.contract.ts';
import type { StepSpec } from '../runtime.ts';
import { type Asked, openScriptedApi, type ScriptedApi, send, status } from './api/scripted-api.contract.ts';
import { createKubernetesRuntime } from './create-kubernetes-runtime.ts';
import { podOptions as pods } from './pod-options.contract.ts';

const step: StepSpec = {
  step: { image: { reference: 'alpine', pull: 'missing' }, env: {}, readOnlyRoot: false, ignoreError: false },
  image: { reference: 'alpine', digest: `sha256:${'0'.repeat(64)}` },
};
const never = new AbortController().signal;
const refuse = () => Promise.reject(new Error('nothing is staged here'));
const limits = {
  inputBytes: 1,
  inputFiles: 1,
  concurrency: 1,
  fileContentBytes: 1,
  messageBytes: 1,
  outputBytes: 1,
  outputFiles: 1,
  outputDepth: 1,
  graphBytes: 1,
  presignSeconds: 0,
};

function openRuntime({ client }: ScriptedApi) {
  return createKubernetesRuntime({
    access: client.access,
    fleetKey: Buffer.alloc(32),
    pods,
    servicePort: 9000,
    registries: { sourcesOf: () => [], credentialsFor: refuse },
    sources: { open: refuse, list: () => Readable.from([]), put: refuse, defaultBucket: 'b', limits },
    logger: createSilentLogger(),
    startSeconds: 60,
    reach: 'direct',
    awayMs: 60_000,
    clock: systemClock,
  });
}

/** Opens a sandbox at an API server that answers creates as given; returns what the server was asked, and the error. */
async function open(create: (asked: Asked) => { readonly code: number; readonly body: unknown }) {
  await using api = await openScriptedApi((asked, response) => {
    if (asked.method === 'POST') {
      const { code, body } = create(asked);
      return send(response, code, body);
    }
    if (asked.query.watch === 'true') return response.writeHead(200).flushHeaders();
    send(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
  });
  const runtime = openRuntime(api);
  try {
    const error = await runtime.openSandbox(specOf({ steps: [step] }), never).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, asked: api.asked.map(({ method, body }) => ({ method, body })) };
  } finally {
    await runtime.close();
  }
}

const created = ({ body }: Asked, spec: object) => ({
  code: 201,
  body: { metadata: { name: nameIn(body), uid: 'u' }, spec },
});

function nameIn(body: unknown): string {
  return /"name":"(x-[^"]+)"/.exec(JSON.stringify(body))?.[1] ?? '';
}

test('openSandbox: a pod whose user namespace the API server ignored is deleted, and the fix is named', async () => {
  const { error, asked } = await open((create) => created(create, { hostUsers: true }));
  expect(error).toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringContaining('EXEC_KUBE_ISOLATION=policy'),
  });
  expect(asked.map(({ method }) => method)).toContain('DELETE');
});

test('openSandbox: a cluster without restart rules for single containers gets a pod without them', async () => {
  const message = 'Pod "x" is invalid: spec.containers[0].restartPolicy: Forbidden: may not be set';
  let creates = 0;
  const { error, asked } = await open((create) => {
    creates += 1;
    return creates === 1 ? { code: 422, body: status(422, 'Invalid', message) } : created(create, { hostUsers: false });
  });
  expect(error).toBe(undefined);
  const bodies = asked.filter(({ method }) => method === 'POST').map(({ body }) => JSON.stringify(body));
  expect(bodies.map((body) => body.includes('restartPolicyRules'))).toEqual([true, false]);
});

test('recoverSandbox: an API server that is away is waited for, because the command may still run', async () => {
  const { executionId, volumes, scratch, resources, confinement } = specOf({});
  const pod = { metadata: { name: 'x-e-1', uid: 'u' }, spec: {}, status: { phase: 'Pending' } };
  let reads = 0;
  await using api = await openScriptedApi(({ path, query }, response) => {
    if (query.watch === 'true') return response.writeHead(200).flushHeaders();
    if (!path.endsWith('/x-e-1')) return send(response, 200, { metadata: { resourceVersion: '1' }, items: [pod] });
    reads += 1;
    if (reads < 3) send(response, 503, status(503, 'ServiceUnavailable', 'not yet'));
    else send(response, 200, pod);
  });
  const runtime = openRuntime(api);
  const handle = {
    ...{ executionId, deployment: 'd', volumes, scratch, resources, confinement },
    ...{ namespace: 'jobs', pod: 'x-e-1', uid: 'u', isolation: 'own', steps: [] },
  };
  try {
    expect(await runtime.recoverSandbox(JSON.parse(JSON.stringify(handle)), { fence: 2 })).toMatchObject({ handle });
    expect(reads).toBeGreaterThanOrEqual(3);
  } finally {
    await runtime.close();
  }
});

test('openSandbox: many pods that no node has taken yet cause no warning', async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => void warnings.push(message);
  process.on('warning', note);
  await using api = await openScriptedApi((asked, response) => {
    if (asked.method === 'POST') {
      const { code, body } = created(asked, { hostUsers: false });
      return send(response, code, body);
    }
    if (asked.query.watch === 'true') return response.writeHead(200).flushHeaders();
    const name = /\/pods\/(.+)$/.exec(asked.path)?.[1];
    send(
      response,
      200,
      name === undefined ? { metadata: { resourceVersion: '1' }, items: [] } : { metadata: { name, uid: 'u' } },
    );
  });
  const runtime = openRuntime(api);
  try {
    const spec = (id: number) => ({ ...specOf({ steps: [step] }), executionId: `e-${id}` });
    await Promise.all(Array.from({ length: 32 }, (_, id) => runtime.openSandbox(spec(id), never)));
    // Node.js emits a warning in the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.filter((text) => text.includes('listeners'))).toEqual([]);
  } finally {
    process.off('warning', note);
    await runtime.close();
  }
});
