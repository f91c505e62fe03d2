import type { ExecutionView } from '../../wire/http/executions.ts';
import type { ExecutionRequest } from '../../wire/request/request.ts';
import type { ExecutionResponse } from '../../wire/response/response.ts';
import { makeId } from '../make-id.ts';
import {
  isAuditList,
  isCanceled,
  isExecutionPage,
  isExecutionRequest,
  isExecutionStats,
  isExecutionView,
  isFileList,
  isLogHits,
  isPolicyFindings,
  isUploadedInput,
  readBody,
  readText,
} from '../read-values.ts';
import { followEvents } from './follow-events.ts';
import { followLogs } from './follow-logs.ts';
import { createCaller, type HttpClientOptions } from './http-caller.ts';
import type { HttpClient } from './http-client.ts';
import { imageCalls } from './image-calls.ts';
import { encodePath, queryOf } from './paths.ts';
import { queueCalls } from './queue-calls.ts';

// Longer than this nothing in between keeps a silent connection.
const waitSeconds = 25;

/** Runs containers over HTTP, in Node.js and in browsers. Nothing is connected before it is asked for something. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const call = createCaller(options);
  const pathOf = (id: string) => `/v1/executions/${encodeURIComponent(id)}`;
  const headers = { 'content-type': 'application/json' };

  const send = (body: string, seconds: number, signal: AbortSignal | undefined) =>
    call(`/v1/executions?wait=${seconds}`, { method: 'POST', headers, body, signal });
  const ask = (id: string, seconds: number, signal: AbortSignal | undefined) =>
    call(`${pathOf(id)}?wait=${seconds}`, { signal });
  // With an id of its own it is the same request however often it is sent.
  const post = async (request: ExecutionRequest, seconds: number, signal: AbortSignal | undefined) =>
    readBody(await send(JSON.stringify({ correlation_id: makeId(), ...request }), seconds, signal), isExecutionView);
  const get = async (id: string, seconds: number, signal: AbortSignal | undefined) =>
    readBody(await ask(id, seconds, signal), isExecutionView);
  const finish = async (view: ExecutionView, signal: AbortSignal | undefined): Promise<ExecutionResponse> =>
    view.response ?? finish(await get(view.execution_id, waitSeconds, signal), signal);

  return {
    submit: async (request, { signal } = {}) => (await post(request, 0, signal)).execution_id,
    run: async (request, { signal } = {}) => finish(await post(request, waitSeconds, signal), signal),
    wait: async (id, { signal } = {}) => finish(await get(id, waitSeconds, signal), signal),
    cancel: async (id, { signal } = {}) => void (await call(`${pathOf(id)}/cancel`, { method: 'POST', signal })),
    logs: (id, { follow = true, signal } = {}) => followLogs(`${pathOf(id)}/logs?follow=${follow}`, call, signal),
    events: (eventOptions = {}) => followEvents(eventOptions, call),
    close: async () => undefined,
    get: (id, { signal } = {}) => get(id, 0, signal),
    audit: async ({ signal, limit = 100 } = {}) =>
      readBody(await call(`/v1/audit?limit=${limit}`, { signal }), isAuditList),
    request: async (id, { signal } = {}) =>
      readBody(await call(`${pathOf(id)}/request`, { signal }), isExecutionRequest),
    async rerun(id, { signal } = {}) {
      // A call that is repeated would run it twice.
      const response = await call(`${pathOf(id)}/rerun`, { method: 'POST', signal, once: true });
      return (await readBody(response, isExecutionView)).execution_id;
    },
    async list({ signal, ...filter } = {}) {
      return readBody(await call(`/v1/executions?${queryOf(filter)}`, { signal }), isExecutionPage);
    },
    cancelMany: async (which, { signal } = {}) =>
      readBody(
        await call('/v1/executions/cancel', { method: 'POST', headers, body: JSON.stringify(which), signal }),
        isCanceled,
      ),
    async testPolicy(request, { signal, ...query } = {}) {
      const path = `/v1/policy/test?${queryOf(query)}`;
      const response = await call(path, { method: 'POST', headers, body: JSON.stringify(request), signal });
      return readBody(response, isPolicyFindings);
    },
    stats: async ({ signal, ...period } = {}) =>
      readBody(await call(`/v1/stats?${queryOf(period)}`, { signal }), isExecutionStats),
    delete: async (id, { objects = false, signal } = {}) =>
      void (await call(`${pathOf(id)}?objects=${objects}`, { method: 'DELETE', signal })),
    files: async (id, { signal } = {}) => readBody(await call(`${pathOf(id)}/files`, { signal }), isFileList),
    zip: (id, { signal } = {}) => call(`${pathOf(id)}/zip`, { signal }),
    contents: (id, { signal } = {}) => call(`${pathOf(id)}/contents`, { signal }),
    file: (id, name, { signal } = {}) => call(`${pathOf(id)}/files/${encodePath(name)}`, { signal }),
    async upload(name, content, { signal } = {}) {
      const response = await call(`/v1/inputs/${encodePath(name)}`, { method: 'PUT', body: content, signal });
      return readBody(response, isUploadedInput);
    },
    submitText: async (request, { wait = 0, signal } = {}) => readText(await send(request, wait, signal)),
    viewText: async (id, { wait = 0, signal } = {}) => readText(await ask(id, wait, signal)),
    logText: (id, { signal, ...part } = {}) => call(`${pathOf(id)}/logs?${queryOf(part)}`, { signal }),
    async searchLogs(id, text, { signal, ignoreCase = false, ...part } = {}) {
      const query = queryOf({ q: text, ignore_case: String(ignoreCase), ...part });
      return readBody(await call(`${pathOf(id)}/logs/search?${query}`, { signal }), isLogHits);
    },
    ...imageCalls(call),
    ...queueCalls(call),
  };
}
