import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRequestMaker, fuzzedSchema } from '../../../../tests/fuzz/request/make-request.ts';
import { requestSchemaSchema } from '../../../../tests/fuzz/request/node-from-schema.ts';
import { type ExecutionPlan, type PlanDraft, resourcesSchema, standardConfinement } from '../../../wire/plan/plan.ts';
import { parseRequest } from '../request/parse-request.ts';
import { requestTextOf } from './request-of-plan.ts';
import { requestToDraft } from './request-to-draft.ts';

const responseChannel = 'exec-responses';
const context = { executionId: randomUUID(), gateway: 'redis', tenant: 't', responseChannel, servicePort: 9000 };
const maxBytes = 1024 ** 2;

function draftOf(text: string): PlanDraft | undefined {
  const parsed = parseRequest(text, { maxBytes });
  return parsed.ok ? requestToDraft(parsed.request, { ...context, warnings: [] }) : undefined;
}

/** As admission completes it. */
function admitted(draft: PlanDraft): ExecutionPlan {
  const { cpus = 2, memoryBytes = 512 * 1024 ** 2, pids = 100, scratchBytes = 1_000_001 } = draft.resources;
  return {
    ...draft,
    resources: resourcesSchema.parse({ ...draft.resources, cpus, memoryBytes, pids, scratchBytes }),
    timeoutSeconds: draft.timeoutSeconds ?? 300,
    confinement: standardConfinement,
  };
}

function again(draft: PlanDraft): PlanDraft {
  const parsed = parseRequest(requestTextOf(admitted(draft)), { maxBytes });
  if (!parsed.ok) throw parsed.error;
  return requestToDraft(parsed.request, { ...context, warnings: [] });
}

function acceptedOf(text: string): PlanDraft | undefined {
  try {
    const draft = draftOf(text);
    // One whose limits no agent would admit has no plan.
    return draft && admitted(draft) && draft;
  } catch {
    return undefined;
  }
}

const full = {
  correlation_id: 'c',
  name: 'n',
  container: {
    image: 'alpine',
    pull: 'always',
    command: ['a'],
    entrypoint: ['e'],
    stdin: { input: 'a/b' },
    working_dir: '/work',
    user: '1:2',
    read_only_root: true,
    placement: { gpu: 'a100', 'example.com/zone': 'b' },
    ports: { '80': '8080' },
    network: 'open',
    resources: { cpus: 1.5, memory: '1g', pids: 3, disk: '5', shm: '1m', gpus: 'all' },
  },
  input: {
    graph_data: { nodes: [{ id: 1 }], relationships: [] },
    config_data: { a: 1 },
    files: [{ name: 'x', path: 'a/b', content: 'YQ==', encoding: 'base64', mode: '755' }],
    minio_objects: [{ object_name: 'p/' }, { object_name: 'p/o', local_path: 'q', bucket: 'bucket' }],
    objects: [
      { url: 's3://bucket/o', path: 'o' },
      { url: 's3://bucket/p/', path: 'pp' },
      { url: 'https://example.com/x?y=1', path: 'u', sha256: 'a'.repeat(64) },
    ],
    writable: true,
  },
  output: {
    expected_files: ['a.csv', { path: 'b/', optional: true }],
    graph_update: 'optional',
    minio_upload: true,
    upload_to: [
      { path: 'a.csv', url: 'https://example.com/put' },
      { path: 'b.csv', url: 's3://bucket/b.csv' },
    ],
    return_logs: true,
    follow_links: true,
  },
  environment: { A: 1, B: true, C: 'c' },
  timeout: 5,
  service_access: ['data', 'my-own'],
  service_budget: { data: { calls: 3 } },
  priority: 7,
  retry: { attempts: 3, on: ['exit'] },
  tags: { t: 'v' },
  secrets: ['KEY', { name: 'OTHER', as: 'file' }],
  reply_to: 'exec-responses:me',
};

test('request of a plan: leads to the same plan again, with every field set', () => {
  const draft = draftOf(JSON.stringify(full)) ?? expect.fail('the request was refused');
  const { resources, ...rest } = admitted(draft);
  const { confinement: _, ...expected } = { ...rest, resources };
  expect(again(draft)).toEqual(expected);
});

test('request of a plan: a whole prefix to upload to, and digits beyond those of a double', () => {
  const text =
    '{"container":{"image":"a"},"input":{"config_data":{"n":12345678901234567890.10}},"output":{"upload_to":"s3://bucket/p/"}}';
  const draft = draftOf(text) ?? expect.fail('the request was refused');
  expect(requestTextOf(admitted(draft))).toContain('12345678901234567890.10');
  expect(again(draft).outputs).toEqual(draft.outputs);
});

test('request of a plan: any request that is accepted leads to the same plan again', () => {
  const schemaText = readFileSync(new URL('../../../../schema/request.schema.json', import.meta.url), 'utf8');
  const schema = fuzzedSchema(requestSchemaSchema.parse(JSON.parse(schemaText)));
  const maker = createRequestMaker(schema, 7, { responseChannel, maxBytes });
  let accepted = 0;
  for (let number = 0; number < 600; number += 1) {
    const draft = acceptedOf(maker.make(number).bytes.toString());
    if (draft === undefined) continue;
    accepted += 1;
    const { confinement: _, ...expected } = admitted(draft);
    expect(again(draft)).toEqual(expected);
  }
  expect(accepted).toBeGreaterThan(20);
});
