import type { AgentList } from '../wire/http/agents.ts';
import type { AuditList } from '../wire/http/audit.ts';
import type { Canceled } from '../wire/http/cancel-many.ts';
import type { ExecutionPage, ExecutionView } from '../wire/http/executions.ts';
import type { FileList, UploadedInput } from '../wire/http/files.ts';
import type { ImageList, PulledImage, PullProgress } from '../wire/http/images.ts';
import type { LogHits } from '../wire/http/log-hits.ts';
import type { ServiceList } from '../wire/http/operation.ts';
import type { PolicyFindings } from '../wire/http/policy.ts';
import type { QueueState } from '../wire/http/queue.ts';
import type { SessionList } from '../wire/http/sessions.ts';
import type { ExecutionStats } from '../wire/http/stats.ts';
import type { CreatedToken, TokenList } from '../wire/http/tokens.ts';
import type { ExecutionEvent, LogLine } from '../wire/live.ts';
import type { ExecutionRequest } from '../wire/request/request.ts';
import { ClientError } from './client-error.ts';

/** A value of JSON, recognised by the fields that the client depends on. Schemas would triple the size of what browsers load. */
export type Recognise<T> = (value: unknown) => value is T;

type Kind = 'string' | 'number' | 'object' | 'boolean' | 'array';

function hasFields(value: unknown, fields: Readonly<Record<string, Kind>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(fields).every(([name, kind]) => kindOf(Reflect.get(value, name)) === kind);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const summaryFields = { execution_id: 'string', state: 'string', image: 'string', submitted_at: 'string' } as const;

export const isExecutionView: Recognise<ExecutionView> = (value): value is ExecutionView => {
  if (typeof value !== 'object' || value === null || !hasFields(value, summaryFields)) return false;
  const response: unknown = Reflect.get(value, 'response');
  return response === undefined || hasFields(response, { execution_id: 'string', success: 'boolean' });
};

const isListOf = (value: unknown, name: string, fields: Readonly<Record<string, Kind>>): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const list: unknown = Reflect.get(value, name);
  return Array.isArray(list) && list.every((item) => hasFields(item, fields));
};

/** With one container, or with several steps. */
export const isExecutionRequest: Recognise<ExecutionRequest> = (value): value is ExecutionRequest =>
  hasFields(value, { container: 'object' }) || hasFields(value, { steps: 'array' });

export const isExecutionPage: Recognise<ExecutionPage> = (value): value is ExecutionPage =>
  isListOf(value, 'executions', summaryFields);

export const isExecutionStats: Recognise<ExecutionStats> = (value): value is ExecutionStats =>
  hasFields(value, { states: 'object', codes: 'object', history: 'array' });

export const isCanceled: Recognise<Canceled> = (value): value is Canceled =>
  hasFields(value, { executions: 'array', dry_run: 'boolean', more: 'boolean' });

export const isPolicyFindings: Recognise<PolicyFindings> = (value): value is PolicyFindings =>
  hasFields(value, { admitted: 'boolean', findings: 'array' });

export const isFileList: Recognise<FileList> = (value): value is FileList =>
  isListOf(value, 'files', { name: 'string', size: 'number', stored: 'boolean' });

export const isAgentList: Recognise<AgentList> = (value): value is AgentList =>
  isListOf(value, 'agents', { id: 'string', runtime: 'string', slots: 'number', busy: 'number' });

export const isAuditList: Recognise<AuditList> = (value): value is AuditList =>
  isListOf(value, 'entries', { at: 'string', actor: 'string', action: 'string', target: 'string' });

export const isSessionList: Recognise<SessionList> = (value): value is SessionList =>
  isListOf(value, 'sessions', { id: 'string', opened_at: 'string', used_at: 'string' });

export const isServiceList: Recognise<ServiceList> = (value): value is ServiceList =>
  isListOf(value, 'services', { name: 'string', calls: 'number' });

export const isTokenList: Recognise<TokenList> = (value): value is TokenList =>
  isListOf(value, 'tokens', { id: 'string', tenant: 'string', scopes: 'array' });

export const isCreatedToken: Recognise<CreatedToken> = (value): value is CreatedToken =>
  hasFields(value, { token: 'string', id: 'string', tenant: 'string', scopes: 'array' });

export const isImageList: Recognise<ImageList> = (value): value is ImageList =>
  isListOf(value, 'images', { references: 'array', digest: 'string', size_bytes: 'number' });

export const isPulledImage: Recognise<PulledImage> = (value): value is PulledImage =>
  hasFields(value, { reference: 'string', digest: 'string' });

export const isPullProgress: Recognise<PullProgress> = (value): value is PullProgress =>
  hasFields(value, { reference: 'string', received_bytes: 'number', status: 'string' });
export const isLogHits: Recognise<LogHits> = (value): value is LogHits =>
  isListOf(value, 'hits', { offset: 'number', line: 'number', text: 'string' });

export const isQueueState: Recognise<QueueState> = (value): value is QueueState =>
  hasFields(value, { paused: 'boolean' });

export const isUploadedInput: Recognise<UploadedInput> = (value): value is UploadedInput =>
  hasFields(value, { object_name: 'string', bucket: 'string', url: 'string', size: 'number' });

export const isExecutionEvent: Recognise<ExecutionEvent> = (value): value is ExecutionEvent =>
  hasFields(value, { execution_id: 'string', state: 'string', at: 'number' });

export const isLogLine: Recognise<LogLine> = (value): value is LogLine =>
  hasFields(value, { stream: 'string', text: 'string' });

/** @throws ClientError when the connection is lost, or the server at that address does not speak this API */
export async function readBody<T>(response: Response, isExpected: Recognise<T>): Promise<T> {
  const value = parsed(await readText(response));
  if (isExpected(value)) return value;
  throw new ClientError(
    `${response.url} does not respond as an agent does. Check the URL: it is the agent's address, such as http://localhost:8082.`,
    { status: response.status },
  );
}

/** @throws ClientError when the connection is lost */
export async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    // Browsers and Node.js report a connection that breaks off in the middle of a body so.
    if (!(error instanceof TypeError)) throw error;
    throw new ClientError(`The connection to ${response.url} was lost.`, { cause: error });
  }
}

/** A message of a stream; undefined for anything else. */
export function readData<T>(text: string, isExpected: Recognise<T>): T | undefined {
  const value = parsed(text);
  return isExpected(value) ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It is not JSON.
    return undefined;
  }
}
