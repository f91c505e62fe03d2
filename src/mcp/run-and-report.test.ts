import { expect, test } from 'vitest';
import { createHttpClient } from '../client/browser.ts';
import { runAndReport } from './run-and-report.ts';

test('cancel: a call that is canceled while its request is submitted cancels the execution', async () => {
  const canceling = new AbortController();
  const asked: string[] = [];
  const view = { execution_id: 'e1', correlation_id: null, state: 'queued', image: 'i', tags: {}, submitted_at: '' };
  const client = createHttpClient({
    url: 'http://agent',
    attempts: 1,
    async fetch(input, init) {
      const path = new URL(String(input)).pathname;
      asked.push(`${init?.method} ${path}`);
      // The agent has the request, and its response is on its way.
      if (path === '/v1/executions') canceling.abort(new Error('canceled'));
      init?.signal?.throwIfAborted();
      return Response.json(view);
    },
  });
  const call = { signal: canceling.signal, report: async () => undefined };
  const run = runAndReport({ container: { image: 'i' } }, { client, pythonImage: 'p', textLimit: 100 }, call);
  await expect(run).rejects.toThrow('canceled');
  expect(asked).toContain('POST /v1/executions/e1/cancel');
});
