import type { AgentList } from '../../wire/http/agents.ts';
import type { AuditList } from '../../wire/http/audit.ts';
import type { Canceled, CancelMany } from '../../wire/http/cancel-many.ts';
import type { ExecutionPage, ExecutionView } from '../../wire/http/executions.ts';
import type { FileList, UploadedInput } from '../../wire/http/files.ts';
import type { ImageList, PulledImage } from '../../wire/http/images.ts';
import type { LogHits } from '../../wire/http/log-hits.ts';
import type { ServiceList } from '../../wire/http/operation.ts';
import type { PolicyFindings } from '../../wire/http/policy.ts';
import type { QueueState } from '../../wire/http/queue.ts';
import type { SessionList } from '../../wire/http/sessions.ts';
import type { ExecutionStats } from '../../wire/http/stats.ts';
import type { CreatedToken, TokenList, TokenRequest } from '../../wire/http/tokens.ts';
import type { ExecutionRequest } from '../../wire/request/request.ts';
import type { CallOptions, ExecClient } from '../exec-client.ts';
import type { Call } from './http-caller.ts';
import type { PullOptions } from './pull-image.ts';

/** Whose executions are meant. */
export interface TenantOptions {
  /** A tenant, or `*` for all, for a token with the scope `admin`. Default: the tenant of the token. */
  readonly tenant?: string;
}

export interface ListOptions extends CallOptions, TenantOptions {
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

export interface StatsOptions extends CallOptions, TenantOptions {
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

export interface PolicyTestOptions extends CallOptions, TenantOptions {
  /** What the name of the image is taken to stand for: `sha256:…` */
  readonly digest?: string;
}

export interface TextOptions extends CallOptions {
  /** Seconds to wait for the execution to finish. */
  readonly wait?: number;
}

export interface PruneOptions extends CallOptions {
  /** Stop when the remaining images are this small, such as `5g`. */
  readonly keep?: string;
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
  /** The services of the agent that responds, and their use since its start; for a token with the scope `operate`. */
  services(options?: CallOptions): Promise<ServiceList['services']>;
  /** A page of those of all tenants, without their secret part; for a token with the scope `operate`. */
  tokens(options?: CallOptions & { readonly limit?: number; readonly cursor?: string }): Promise<TokenList>;
  /** For a token with the scope `admin`. The result has the token, which is shown only once. */
  createToken(token: TokenRequest, options?: CallOptions): Promise<CreatedToken>;
  revokeToken(id: string, options?: CallOptions): Promise<void>;
  /** Where somebody is logged in to the dashboard with this token. */
  sessions(options?: CallOptions): Promise<SessionList['sessions']>;
  closeSession(id: string, options?: CallOptions): Promise<void>;
  /** Logs out everywhere; the token stays valid. */
  closeSessions(options?: CallOptions): Promise<void>;
}
