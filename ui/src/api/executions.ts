import type { Canceled, CancelMany } from '../../../src/wire/http/cancel-many.ts';
import type { ExecutionPage, ExecutionView } from '../../../src/wire/http/executions.ts';
import type { FileList } from '../../../src/wire/http/files.ts';
import type { PolicyFindings } from '../../../src/wire/http/policy.ts';
import type { ExecutionStats } from '../../../src/wire/http/stats.ts';
import { call, callJson } from './call.ts';

export type { ExecutionSummary, ExecutionView } from '../../../src/wire/http/executions.ts';
export type { ExecutionEvent, LogLine } from '../../../src/wire/live.ts';
export type { ExecutionResult } from '../../../src/wire/response/response.ts';
/** Numbers by any name: of states, or of codes. */
export interface CountsByName {
  readonly states: Readonly<Record<string, number>>;
  readonly codes: Readonly<Record<string, number>>;
}
export type Counts = Omit<ExecutionStats, 'history' | 'states'> &
  CountsByName & { readonly history: readonly (CountsByName & { readonly since: string })[] };
export type FileEntry = FileList['files'][number];

const pathOf = (id: string) => `/v1/executions/${encodeURIComponent(id)}`;

export function listExecutions(query: URLSearchParams, signal?: AbortSignal): Promise<ExecutionPage> {
  return callJson(`/v1/executions?${query}`, signal === undefined ? {} : { signal });
}

export interface CountQuery {
  /** ISO time of the first submission that counts. */
  readonly since: string;
  /** Of the history. */
  readonly parts: number;
  /** A name, or `*` for all; absent: the user's own. */
  readonly tenant: string | undefined;
}

export function countExecutions({ since, parts, tenant }: CountQuery): Promise<Counts> {
  const query = new URLSearchParams({ since, parts: String(parts), ...(tenant === undefined ? {} : { tenant }) });
  return callJson(`/v1/stats?${query}`);
}

export function getExecution(id: string): Promise<ExecutionView> {
  return callJson(pathOf(id));
}

/** The response as the agent wrote it, so that no digit of a number is lost. */
export async function getExecutionText(id: string): Promise<string> {
  return (await call(pathOf(id))).text();
}

/** The request as it was sent; secrets are names only. */
export async function getRequestText(id: string): Promise<string> {
  return (await call(`${pathOf(id)}/request`)).text();
}

/** The JSON schema of requests. */
export async function getRequestSchema(): Promise<unknown> {
  const { components } = await callJson<{ components?: { schemas?: Record<string, unknown> } }>('/openapi.json');
  return components?.schemas?.ExecutionRequest;
}

export function submitExecution(request: string): Promise<ExecutionView> {
  return callJson('/v1/executions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: request });
}

export async function cancelExecution(id: string): Promise<void> {
  await call(`${pathOf(id)}/cancel`, { method: 'POST' });
}

/** What the policy says of a request that does not run. */
export function testPolicy(request: string): Promise<PolicyFindings> {
  return callJson('/v1/policy/test', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: request,
  });
}

/** What of the filter waits or runs. */
export function cancelMany(which: CancelMany): Promise<Canceled> {
  const headers = { 'content-type': 'application/json' };
  return callJson('/v1/executions/cancel', { method: 'POST', headers, body: JSON.stringify(which) });
}

export async function deleteExecution(id: string): Promise<void> {
  await call(pathOf(id), { method: 'DELETE' });
}

export async function listFiles(id: string): Promise<readonly FileEntry[]> {
  return (await callJson<FileList>(`${pathOf(id)}/files`)).files;
}

export function fileUrl(id: string, name: string): string {
  return `${pathOf(id)}/files/${name.split('/').map(encodeURIComponent).join('/')}`;
}

export function zipUrl(id: string): string {
  return `${pathOf(id)}/zip`;
}

export function logUrl(id: string): string {
  return `${pathOf(id)}/logs`;
}
