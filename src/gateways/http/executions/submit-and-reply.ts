import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem } from '../../../http/problem.ts';
import type { HttpOptions } from '../http-options.ts';
import { viewBody } from './execution-view.ts';
import type { OpenWaits } from './open-waits.ts';
import { submitRequest } from './submit-request.ts';

interface Submission {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Whose the execution will be; absent: the caller's. */
  readonly tenant?: string;
  /** Seconds; absent: none. */
  readonly wait?: number | undefined;
}

/**
 * Queues the request of that text and replies with 202, or with 200 once it has finished within the time.
 * @throws ExecError; HttpProblem
 */
export async function submitAndReply(
  text: string,
  { request, reply, tenant = request.caller.tenant, wait = 0 }: Submission,
  options: HttpOptions,
  waits: OpenWaits,
): Promise<FastifyReply> {
  // Before the request is queued: one that is refused has not been submitted.
  const waiting = waits.open(request, reply, wait);
  const { id, queued } = await submitRequest(
    text,
    { tenant, traceparent: request.traceparent, tracestate: request.tracestate },
    options,
  );
  reply.header('location', `/v1/executions/${id}`).type('application/json');
  if (queued !== undefined && wait === 0) return reply.code(202).send(await viewBody(queued, options));
  const record = await waiting.awaitFinish(id);
  if (record === undefined) throw new HttpProblem(404, `The record of ${id} has been removed.`);
  return reply.code(record.state === 'finished' && wait > 0 ? 200 : 202).send(await viewBody(record, options));
}
