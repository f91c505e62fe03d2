import type {
  AgentList,
  AuditList,
  Canceled,
  CancelMany,
  ExecutionPage,
  ExecutionStats,
  ExecutionView,
  FileList,
  ImageList,
  LogHits,
  PolicyFindings,
  PulledImage,
  QueueState,
  UploadedInput,
} from '../../wire/http.ts';
import type { ExecutionRequest } from '../../wire/request/request.ts';
import type { ExecutionResponse } from '../../wire/response/response.ts';
import type { CallOptions, ExecClient } from '../exec-client.ts';
import { makeId } from '../make-id.ts';
import {
  isAgentList,
  isAuditList,
  isCanceled,
  isExecutionPage,
  isExecutionRequest,
  isExecutionStats,
  isExecutionView,
  isFileList,
  isImageList,
  isLogHits,
  isPolicyFindings,
  isQueueState,
  isUploadedInput,
  readBody,
  readText,
} from '../read-values.ts';
import { followEvents } from './follow-events.ts';
import { followLogs } from './follow-logs.ts';
import { type Call, createCaller, type HttpClientOptions } from './http-caller.ts';
import { type PullOptions, pullImage } from './pull-image.ts';

export interface ListOptions extends CallOptions {
  /** How the execution id begins. */
  readonly id?: string;
  /** How the execution id, the correlation id or the name begins. */
  readonly prefix?: string;
  /** Any of them. */
  readonly state?: ExecutionView['state'] | readonly ExecutionView['state'][];
  /** Any of them: `OK` or error codes. */
  readonly code?: string | readonly string[];
  /** The agent that runs it or ran it. */
  readonly agent?: string;
  readonly name?: string;
  readonly image?: string;
  /** `key=value`; of several, all. */
  readonly tag?: string | readonly string[];
  /** ISO times of submission. */
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface StatsOptions extends CallOptions {
  /** ISO times of submission. Default: the last day. */
  readonly since?: string;
  readonly until?: string;
  /** Equal parts of the period that are counted on their own. */
  readonly parts?: number;
}

export interface DeleteOptions extends CallOptions {
  /** Also what it uploaded to the object store. */
  readonly objects?: boolean;
}

/** Of several, `tail` counts. */
export interface LogTextOptions extends CallOptions {
  /** Number of lines at the end. */
  readonly tail?: number;
  /** Bytes to pass over. */
  readonly offset?: number;
  /** Maximum number of bytes. */
  readonly limit?: number;
}

export interface LogSearchOptions extends CallOptions {
  /** Letters of ASCII in any case. */
  readonly ignoreCase?: boolean;
  /** `next` of the search before. */
  readonly offset?: number;
  /** Maximum number of lines. */
  readonly limit?: number;
}

export interface PolicyTestOptions extends CallOptions {
  /** What the name of the image is taken to stand for: `sha256:…` */
  readonly digest?: string;
}

export interface TextOptions extends CallOptions {
  /** Seconds to wait for the execution to finish. */
  readonly wait?: number;
}

/** What HTTP can do beside running containers. */
export interface HttpClient extends ExecClient {
  /** By execution id or correlation id. */
  get(id: string, options?: CallOptions): Promise<ExecutionView>;
  /** Newest first. */
  list(options?: ListOptions): Promise<ExecutionPage>;
  /** How many executions are in which state, and how they ended. */
  stats(options?: StatsOptions): Promise<ExecutionStats>;
  /** The request of an execution, as it was admitted; to be changed and submitted again. */
  request(id: string, options?: CallOptions): Promise<ExecutionRequest>;
  /** Submits the request of an execution once more; the id of the new execution. */
  rerun(id: string, options?: CallOptions): Promise<string>;
  /** Cancels what waits or runs and matches the filter, at most 1,000; with `dry_run` only returns what that is. */
  cancelMany(which: CancelMany, options?: CallOptions): Promise<Canceled>;
  /** What each rule of the policy says of a request, which does not run. */
  testPolicy(request: ExecutionRequest, options?: PolicyTestOptions): Promise<PolicyFindings>;
  /** Deletes the record of one that has finished. */
  delete(id: string, options?: DeleteOptions): Promise<void>;
  files(id: string, options?: CallOptions): Promise<FileList>;
  /** Who did what, newest first; for a token with the scope `operate`. */
  audit(options?: CallOptions & { readonly limit?: number }): Promise<AuditList>;
  /** The content of a file, as the body of a response. */
  file(id: string, name: string, options?: CallOptions): Promise<Response>;
  /** All files whose contents are kept, as the body of a response: a zip archive. */
  zip(id: string, options?: CallOptions): Promise<Response>;
  /** What moved to `result.ref` because the response had no room for it: JSON, as the body of a response. */
  contents(id: string, options?: CallOptions): Promise<Response>;
  /** Puts an input into the object store; the result says how a request names it. */
  upload(name: string, content: NonNullable<Call['body']>, options?: CallOptions): Promise<UploadedInput>;
  /**
   * Submits a request that is JSON already and resolves with the ExecutionView as JSON: digits that JavaScript's numbers
   * do not hold stay. Give it a `correlation_id`, or a call that is repeated runs twice.
   */
  submitText(request: string, options?: TextOptions): Promise<string>;
  /** The ExecutionView as JSON, in all its digits. */
  viewText(id: string, options?: TextOptions): Promise<string>;
  /** What is kept of an output, or a part of it: text, as the body of a response. */
  logText(id: string, options?: LogTextOptions): Promise<Response>;
  /** The lines of an output that contain a text. */
  searchLogs(id: string, text: string, options?: LogSearchOptions): Promise<LogHits>;
  /** The agents of the queue. */
  agents(options?: CallOptions): Promise<AgentList['agents']>;
  /** The images of the agent that responds. */
  images(options?: CallOptions): Promise<ImageList['images']>;
  /** Pulls it there; aborting the signal ends the pull. */
  pullImage(reference: string, options?: PullOptions): Promise<PulledImage>;
  /** Removes its unused images, least recently used first; resolves with those that it removed. */
  pruneImages(options?: PruneOptions): Promise<ImageList['images']>;
  /**
   * Removes a name of an image, and the image with its last one; a digest means all names.
   * @returns the removed names, and the freed bytes: 0 while the image has other names
   */
  removeImage(reference: string, options?: CallOptions): Promise<ImageList['images'][number]>;
  queue(options?: CallOptions): Promise<QueueState>;
  /** Requests are still accepted, and wait until {@link resume}. */
  pause(options?: CallOptions): Promise<QueueState>;
  resume(options?: CallOptions): Promise<QueueState>;
}

export interface PruneOptions extends CallOptions {
  /** Stop when the remaining images are this small, such as `5g`. */
  readonly keep?: string;
}

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
  const changeQueue = async (change: string, signal: AbortSignal | undefined) =>
    readBody(await call(`/v1/queue/${change}`, { method: 'POST', signal }), isQueueState);
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
    agents: async ({ signal } = {}) => (await readBody(await call('/v1/agents', { signal }), isAgentList)).agents,
    images: async ({ signal } = {}) => (await readBody(await call('/v1/images', { signal }), isImageList)).images,
    pullImage: (reference, pullOptions = {}) => pullImage(reference, pullOptions, call),
    async pruneImages({ keep, signal } = {}) {
      const body = JSON.stringify(keep === undefined ? {} : { keep });
      return (await readBody(await call('/v1/images/prune', { method: 'POST', headers, body, signal }), isImageList))
        .images;
    },
    async removeImage(reference, { signal } = {}) {
      const response = await call(`/v1/images/${encodePath(reference)}`, { method: 'DELETE', signal });
      const [image] = (await readBody(response, isImageList)).images;
      return image ?? { references: [], digest: '', size_bytes: 0 };
    },
    queue: async ({ signal } = {}) => readBody(await call('/v1/queue', { signal }), isQueueState),
    pause: ({ signal } = {}) => changeQueue('pause', signal),
    resume: ({ signal } = {}) => changeQueue('resume', signal),
  };
}

type QueryValue = string | number | readonly string[];

/** A list repeats its parameter. */
function queryOf(values: Readonly<Record<string, QueryValue>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const each of typeof value === 'object' ? value : [value]) query.append(name, String(each));
  }
  return query;
}

function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
