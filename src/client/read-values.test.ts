import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClientError } from './client-error.ts';
import { isAgentList, isExecutionView, isLogLine, readBody, readData } from './read-values.ts';

const view = { execution_id: 'a', correlation_id: null, state: 'queued', image: 'b', tags: {}, submitted_at: 'c' };

test('client values: a view is recognised by the fields that the client depends on', () => {
  expect(isExecutionView(view)).toBe(true);
  expect(isExecutionView({ ...view, response: { execution_id: 'a', success: true } })).toBe(true);
  expect(isExecutionView({ ...view, response: 'no' })).toBe(false);
  for (const field of ['execution_id', 'state', 'image', 'submitted_at'])
    expect(isExecutionView({ ...view, [field]: undefined }), field).toBe(false);
  expect(isAgentList({ agents: [{ id: 'a', runtime: 'oci', slots: 1, busy: 'no' }] })).toBe(false);
});

test('client values: any JSON is recognised or not, and never throws', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      readData(text, isExecutionView);
      readData(text, isAgentList);
      readData(text, isLogLine);
    }),
  );
});

test('client values: another kind of server is named in a ClientError', async () => {
  const page = new Response('<html>', { status: 200 });
  await expect(readBody(page, isExecutionView)).rejects.toThrow(ClientError);
});
