import {
  type ExecutionPage,
  type ExecutionView,
  executionPageSchema,
  executionViewSchema,
  type FileList,
  fileListSchema,
  type UploadedInput,
  uploadedInputSchema,
} from '../../wire/http.ts';
import { type ExecutionRequest, executionRequestSchema } from '../../wire/request.ts';
import type { ExecutionResponse } from '../../wire/response.ts';
import type { CallOptions, ExecClient } from '../exec-client.ts';
import { makeId } from '../make-id.ts';
import { followEvents } from './follow-events.ts';
import { followLogs } from './follow-logs.ts';
import { type Call, createCaller, type HttpClientOptions } from './http-caller.ts';

export interface ListOptions extends CallOptions {
  readonly state?: ExecutionView['state'];
  readonly name?: string;
  readonly image?: string;
  /** `key=value` */
  readonly tag?: string;
  /** ISO times of submission. */
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** What HTTP can do beside running containers. */
export interface HttpClient extends ExecClient {
  /** By execution id or correlation id. */
  get(id: string, options?: CallOptions): Promise<ExecutionView>;
  /** Newest first. */
  list(options?: ListOptions): Promise<ExecutionPage>;
  /** The request of an execution, as it was admitted; to be changed and submitted again. */
  request(id: string, options?: CallOptions): Promise<ExecutionRequest>;
  /** Submits the request of an execution once more; the id of the new execution. */
  rerun(id: string, options?: CallOptions): Promise<string>;
  /** Forgets one that has finished. */
  delete(id: string, options?: CallOptions): Promise<void>;
  files(id: string, options?: CallOptions): Promise<FileList>;
  /** The content of a file, as the body of a response. */
  file(id: string, name: string, options?: CallOptions): Promise<Response>;
  /** Puts an input into the object store; the result says how a request names it. */
  upload(name: string, content: NonNullable<Call['body']>, options?: CallOptions): Promise<UploadedInput>;
}

// Longer than this nothing in between keeps a silent connection.
const waitSeconds = 25;

/** Runs containers over HTTP, in Node.js and in browsers. Nothing is connected before it is asked for something. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const call = createCaller(options);
  const pathOf = (id: string) => `/v1/executions/${encodeURIComponent(id)}`;
  const viewOf = async (response: Response) => executionViewSchema.parse(await response.json());

  const post = async (request: ExecutionRequest, seconds: number, signal: AbortSignal | undefined) => {
    // With an id of its own it is the same request however often it is sent.
    const body = JSON.stringify({ correlation_id: makeId(), ...request });
    const headers = { 'content-type': 'application/json' };
    return viewOf(await call(`/v1/executions?wait=${seconds}`, { method: 'POST', headers, body, signal }));
  };
  const get = async (id: string, seconds: number, signal: AbortSignal | undefined) =>
    viewOf(await call(`${pathOf(id)}?wait=${seconds}`, { signal }));
  const finish = async (view: ExecutionView, signal: AbortSignal | undefined): Promise<ExecutionResponse> =>
    view.response ?? finish(await get(view.execution_id, waitSeconds, signal), signal);

  return {
    submit: async (request, { signal } = {}) => (await post(request, 0, signal)).execution_id,
    run: async (request, { signal } = {}) => finish(await post(request, waitSeconds, signal), signal),
    wait: async (id, { signal } = {}) => finish(await get(id, waitSeconds, signal), signal),
    cancel: async (id, { signal } = {}) => void (await call(`${pathOf(id)}/cancel`, { method: 'POST', signal })),
    logs: (id, { signal } = {}) => followLogs(`${pathOf(id)}/logs`, call, signal),
    events: (eventOptions = {}) => followEvents(eventOptions, call),
    close: async () => undefined,
    get: (id, { signal } = {}) => get(id, 0, signal),
    request: async (id, { signal } = {}) =>
      executionRequestSchema.parse(await (await call(`${pathOf(id)}/request`, { signal })).json()),
    async rerun(id, { signal } = {}) {
      // A call that is repeated would run it twice.
      const response = await call(`${pathOf(id)}/rerun`, { method: 'POST', signal, once: true });
      return (await viewOf(response)).execution_id;
    },
    async list({ signal, ...filter } = {}) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
      return executionPageSchema.parse(await (await call(`/v1/executions?${query}`, { signal })).json());
    },
    delete: async (id, { signal } = {}) => void (await call(pathOf(id), { method: 'DELETE', signal })),
    files: async (id, { signal } = {}) =>
      fileListSchema.parse(await (await call(`${pathOf(id)}/files`, { signal })).json()),
    file: (id, name, { signal } = {}) => call(`${pathOf(id)}/files/${encodePath(name)}`, { signal }),
    async upload(name, content, { signal } = {}) {
      const response = await call(`/v1/inputs/${encodePath(name)}`, { method: 'PUT', body: content, signal });
      return uploadedInputSchema.parse(await response.json());
    },
  };
}

function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
