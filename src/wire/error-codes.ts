import { z } from 'zod';

/** Every way an execution can fail, as it stands in `error_code`. */
export const errorCodeSchema = z
  .enum([
    'INVALID_REQUEST',
    'POLICY_DENIED',
    'IMAGE_NOT_FOUND',
    'IMAGE_PULL_FAILED',
    'INPUT_NOT_FOUND',
    'INPUT_TOO_LARGE',
    'START_FAILED',
    'EXIT_NONZERO',
    'TIMEOUT',
    'OUT_OF_MEMORY',
    'CANCELED',
    'OUTPUT_MISSING',
    'OUTPUT_TOO_LARGE',
    'OUTPUT_INVALID',
    'STORE_UNAVAILABLE',
    'RUNTIME_UNAVAILABLE',
    'QUEUE_FULL',
    'AGENT_LOST',
    'INTERNAL',
  ])
  .describe('Why the execution failed.');

export type ErrorCode = z.infer<typeof errorCodeSchema>;

interface ErrorCodeFacts {
  /** Who can mend it: whoever wrote the request, or whoever runs the agent. */
  readonly fault: 'user' | 'system';
  readonly httpStatus: number;
}

export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeFacts>> = {
  INVALID_REQUEST: { fault: 'user', httpStatus: 400 },
  POLICY_DENIED: { fault: 'user', httpStatus: 403 },
  IMAGE_NOT_FOUND: { fault: 'user', httpStatus: 404 },
  IMAGE_PULL_FAILED: { fault: 'system', httpStatus: 502 },
  INPUT_NOT_FOUND: { fault: 'user', httpStatus: 404 },
  INPUT_TOO_LARGE: { fault: 'user', httpStatus: 413 },
  START_FAILED: { fault: 'user', httpStatus: 422 },
  EXIT_NONZERO: { fault: 'user', httpStatus: 422 },
  TIMEOUT: { fault: 'user', httpStatus: 408 },
  OUT_OF_MEMORY: { fault: 'user', httpStatus: 422 },
  CANCELED: { fault: 'user', httpStatus: 409 },
  OUTPUT_MISSING: { fault: 'user', httpStatus: 422 },
  OUTPUT_TOO_LARGE: { fault: 'user', httpStatus: 413 },
  OUTPUT_INVALID: { fault: 'user', httpStatus: 422 },
  STORE_UNAVAILABLE: { fault: 'system', httpStatus: 503 },
  RUNTIME_UNAVAILABLE: { fault: 'system', httpStatus: 503 },
  QUEUE_FULL: { fault: 'system', httpStatus: 503 },
  AGENT_LOST: { fault: 'system', httpStatus: 500 },
  INTERNAL: { fault: 'system', httpStatus: 500 },
};
