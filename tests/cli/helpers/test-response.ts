import type { ErrorCode } from '../../../src/wire/response/error-codes.ts';
import type { ExecutionResponse, ExecutionResult } from '../../../src/wire/response/response.ts';

/** A response for tests; without an exit code no container ran. */
export function createTestResponse(options: {
  readonly error?: ErrorCode | undefined;
  readonly exit?: number | undefined;
  readonly result?: Partial<ExecutionResult>;
}): ExecutionResponse {
  const { error, exit, result = {} } = options;
  const whole: ExecutionResult = {
    exit_code: exit,
    output: '',
    output_files: [],
    minio_objects: [],
    metadata: { execution_time: '0.1s', phases: { ran: 12.3, staged: 1500 }, attempt: 1, agent: 'test' },
    ...result,
  };
  return {
    correlation_id: null,
    success: error === undefined,
    ...(exit === undefined ? {} : { result: whole }),
    ...(error === undefined ? {} : { error: `What happened: ${error}.`, error_code: error }),
    timestamp: '2025-01-01T00:00:00.000Z',
    duration: '0.1s',
    execution_id: 'c0ffee',
  };
}
