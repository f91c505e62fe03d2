/** Every way an execution can fail, as `error_code` names it. */
export const errorCodeNames = [
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
] as const;

export type ErrorCode = (typeof errorCodeNames)[number];

interface ErrorCodeFacts {
  /** Who can fix it: the sender of the request, or the operator of the agent. */
  readonly fault: 'user' | 'system';
  readonly httpStatus: number;
  /** For the documentation. */
  readonly meaning: string;
}

export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeFacts>> = {
  INVALID_REQUEST: { fault: 'user', httpStatus: 400, meaning: 'The request is invalid; the error names the field.' },
  POLICY_DENIED: { fault: 'user', httpStatus: 403, meaning: 'A policy or setting of the agent does not allow it.' },
  IMAGE_NOT_FOUND: { fault: 'user', httpStatus: 404, meaning: 'The image does not exist.' },
  IMAGE_PULL_FAILED: {
    fault: 'system',
    httpStatus: 502,
    meaning: 'The image could not be pulled; the error has the reason that the registry gave.',
  },
  INPUT_NOT_FOUND: { fault: 'user', httpStatus: 404, meaning: 'An input object does not exist.' },
  INPUT_TOO_LARGE: { fault: 'user', httpStatus: 413, meaning: 'The inputs exceed a limit.' },
  START_FAILED: {
    fault: 'user',
    httpStatus: 422,
    meaning: 'The container could not start: no such command, no such user.',
  },
  EXIT_NONZERO: { fault: 'user', httpStatus: 422, meaning: 'The command failed; see `exit_code`.' },
  TIMEOUT: { fault: 'user', httpStatus: 408, meaning: 'The container ran longer than `timeout` and was stopped.' },
  OUT_OF_MEMORY: { fault: 'user', httpStatus: 422, meaning: 'The container reached its memory limit and was killed.' },
  CANCELED: { fault: 'user', httpStatus: 409, meaning: 'The execution was canceled on request.' },
  OUTPUT_MISSING: { fault: 'user', httpStatus: 422, meaning: 'An expected file does not exist.' },
  OUTPUT_TOO_LARGE: { fault: 'user', httpStatus: 413, meaning: 'Output or log exceed a limit; the error names it.' },
  OUTPUT_INVALID: {
    fault: 'user',
    httpStatus: 422,
    meaning: 'The graph update is invalid, or a link is where a file was expected.',
  },
  STORE_UNAVAILABLE: { fault: 'system', httpStatus: 503, meaning: 'The object store failed.' },
  RUNTIME_UNAVAILABLE: { fault: 'system', httpStatus: 503, meaning: 'The container runtime failed or is away.' },
  QUEUE_FULL: { fault: 'system', httpStatus: 503, meaning: 'The queue is full; send the request again later.' },
  AGENT_LOST: {
    fault: 'system',
    httpStatus: 500,
    meaning: 'The agent that ran the execution crashed and did not return in time.',
  },
  INTERNAL: { fault: 'system', httpStatus: 500, meaning: 'A defect of the agent.' },
};
