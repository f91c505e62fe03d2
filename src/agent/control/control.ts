import type { Readable } from 'node:stream';
import type { AgentList } from '../../wire/http/agents.ts';
import type { ExecutionPage, ExecutionSummary } from '../../wire/http/executions.ts';
import type { FileList } from '../../wire/http/files.ts';
import type { LogHits } from '../../wire/http/log-hits.ts';
import type { QueueState } from '../../wire/http/queue.ts';
import type { ExecutionStats } from '../../wire/http/stats.ts';
import type { ExecutionEvent, LogLine } from '../../wire/live.ts';

/** An execution as it is now. */
export interface Found {
  readonly execution: ExecutionSummary;
  /** The same with its response, as the HTTP API returns it: JSON in which every number keeps its digits. */
  readonly view: string;
  /** The response alone; absent until the execution has finished. */
  readonly response?: string;
}

export interface ListQuery {
  /** A tenant, or `*` for all. Over HTTP the default is the tenant of the token, over Redis all. */
  readonly tenant?: string;
  /** How the execution id begins. */
  readonly id?: string;
  /** How the execution id, the correlation id or the name begins. */
  readonly prefix?: string;
  /** Any of them. */
  readonly state?: readonly ExecutionSummary['state'][];
  /** Any of them: `OK` or error codes. */
  readonly code?: readonly string[];
  readonly agent?: string;
  readonly name?: string;
  readonly image?: string;
  /** All of them, each as `key=value`. */
  readonly tag?: readonly string[];
  /** ISO time of submission. */
  readonly since?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface EventsQuery extends Pick<ListQuery, 'tenant'> {
  readonly id?: string;
  readonly signal: AbortSignal;
}

export type ExecutionCounts = Omit<ExecutionStats, 'history'>;

export interface Submission extends Found {
  /** The same request was submitted before; this is that execution. */
  readonly isKnown: boolean;
}

export interface Archive {
  /** A zip archive; it fails if a content cannot be read. */
  readonly body: Readable;
  /** Number of files whose contents are not kept. */
  readonly leftOut: number;
}

export interface LogSearch {
  readonly text: string;
  /** Letters of ASCII in any case. */
  readonly ignoreCase: boolean;
  /** Bytes to pass over. */
  readonly offset: number;
  readonly signal: AbortSignal;
}

export interface Contents {
  readonly body: Readable;
  /** Bytes. */
  readonly size: number;
}

/**
 * What commands do with the agents of one queue, over HTTP or Redis. An id is an execution id, an unambiguous beginning of
 * one, or a correlation id. Every method throws an ExecError whose message says what to do.
 */
export interface Control {
  /** For messages: where the agents are. */
  readonly place: string;
  /** @param request JSON with a `correlation_id`; the same text again is the same execution */
  submit(request: string, signal: AbortSignal): Promise<Submission>;
  find(id: string): Promise<Found>;
  /** Resolves once it has finished. */
  wait(id: string, signal: AbortSignal): Promise<Found>;
  list(query: ListQuery): Promise<ExecutionPage>;
  /** Numbers of those that were submitted since then. */
  count(since: Date, tenant?: string): Promise<ExecutionCounts>;
  /** Asks for it; one that has finished is not changed. */
  cancel(id: string): Promise<Found>;
  /** Removes the record of a finished execution, and with `objects` what it uploaded. */
  remove(id: string, options: { readonly objects: boolean }): Promise<void>;
  /** What is kept of the output; with `follow` also what comes, until the execution has finished. */
  log(id: string, options: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<LogLine>;
  /** The last lines of what is kept of the output: text, as it was written. */
  tail(id: string, options: { readonly lines: number; readonly signal: AbortSignal }): Promise<Readable>;
  /** Lines of what is kept of the output, from that byte on. */
  search(id: string, query: LogSearch): Promise<LogHits>;
  files(id: string): Promise<FileList['files']>;
  file(id: string, name: string, signal: AbortSignal): Promise<Readable>;
  /** All files whose contents are kept. */
  zip(id: string, signal: AbortSignal): Promise<Archive>;
  /** What moved to `result.ref`, because the response had no room for it. */
  contents(id: string, signal: AbortSignal): Promise<Contents>;
  /** Changes of state as they happen; with an id of that execution alone, until it has finished. */
  events(options: EventsQuery): AsyncIterable<ExecutionEvent>;
  agents(): Promise<AgentList['agents']>;
  queue(): Promise<QueueState>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}
