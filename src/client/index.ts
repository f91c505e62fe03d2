export type { ErrorCode } from '../wire/error-codes.ts';
export { errorCodes } from '../wire/error-codes.ts';
export type { ExecutionRequest } from '../wire/request.ts';
export type { ExecutionResponse, ExecutionResult } from '../wire/response.ts';
export { createRedisClient, type RedisClient, type RedisClientOptions } from './create-redis-client.ts';
