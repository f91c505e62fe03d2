import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import { type ExecError, messageOf, toExecError } from '../support/exec-error.ts';
import type { Problem } from '../wire/http/problem.ts';
import { type ErrorCode, errorCodes } from '../wire/response/error-codes.ts';

/** A refusal that is about HTTP and not about an execution. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}

interface ProblemReply {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

export function sendProblem(reply: FastifyReply, { problem, headers }: ProblemReply): FastifyReply {
  const body = JSON.stringify({ ...problem, request_id: reply.request.id });
  return reply.code(problem.status).headers(headers).type('application/problem+json').send(body);
}

const retrySoon = { 'retry-after': '5' };

/**
 * Anything that was thrown, as the client receives it.
 * @param describe the sentence of an error of an execution
 */
export function problemOf(error: unknown, describe: (error: ExecError) => string = messageOf): ProblemReply {
  if (error instanceof HttpProblem) return { problem: problem(error.status, error.message), headers: error.headers };
  const status = statusOf(error);
  if (status !== undefined) return { problem: problem(status, sentence(status, messageOf(error))), headers: {} };
  const known = toExecError(error);
  const { httpStatus } = errorCodes[known.code];
  return {
    problem: ofExecution(known.code, describe(known), httpStatus),
    headers: httpStatus === 503 ? retrySoon : {},
  };
}

function ofExecution(code: ErrorCode, message: string, status: number): Problem {
  const detail = code === 'INTERNAL' ? 'The agent failed. Its log has the details.' : message;
  return { ...problem(status, detail), type: `urn:exec-agent:problem:${code}`, error_code: code };
}

function problem(status: number, detail: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: `urn:exec-agent:problem:${title.toLowerCase().replaceAll(/\W+/g, '-')}`, title, status, detail };
}

/** What the server itself refuses has a status of 400 and up. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

function sentence(status: number, message: string): string {
  if (status === 415) return 'The body must be JSON, with the header "content-type: application/json".';
  return message;
}
