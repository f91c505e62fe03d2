export type { AgentList } from '../wire/http/agents.ts';
export type { Canceled, CancelMany } from '../wire/http/cancel-many.ts';
export type { ExecutionPage, ExecutionSummary, ExecutionView } from '../wire/http/executions.ts';
export type { FileList, UploadedInput } from '../wire/http/files.ts';
export type { ImageList, PulledImage, PullProgress } from '../wire/http/images.ts';
export type { LogHits } from '../wire/http/log-hits.ts';
export type { ServiceList } from '../wire/http/operation.ts';
export type { PolicyFindings } from '../wire/http/policy.ts';
export type { QueueState } from '../wire/http/queue.ts';
export type { ExecutionStats } from '../wire/http/stats.ts';
export type { CreatedToken, TokenList, TokenRequest } from '../wire/http/tokens.ts';
export type { ExecutionEvent, LogLine } from '../wire/live.ts';
export type { ExecutionRequest } from '../wire/request/request.ts';
export type { ErrorCode } from '../wire/response/error-codes.ts';
export { errorCodes } from '../wire/response/error-codes.ts';
export type { ExecutionResponse, ExecutionResult } from '../wire/response/response.ts';
export { ClientError } from './client-error.ts';
export type { CallOptions, EventOptions, ExecClient, LogOptions } from './exec-client.ts';
export { createHttpClient } from './http/create-http-client.ts';
export type { HttpClientOptions } from './http/http-caller.ts';
export type {
  DeleteOptions,
  HttpClient,
  ListOptions,
  LogSearchOptions,
  LogTextOptions,
  PolicyTestOptions,
  PruneOptions,
  StatsOptions,
  TenantOptions,
  TextOptions,
} from './http/http-client.ts';
export type { PullOptions } from './http/pull-image.ts';
