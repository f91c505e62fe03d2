export type {
  AgentList,
  Canceled,
  CancelMany,
  CreatedToken,
  ExecutionPage,
  ExecutionStats,
  ExecutionSummary,
  ExecutionView,
  FileList,
  ImageList,
  LogHits,
  PolicyFindings,
  PulledImage,
  PullProgress,
  QueueState,
  ServiceList,
  TokenList,
  TokenRequest,
  UploadedInput,
} from '../wire/http.ts';
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
