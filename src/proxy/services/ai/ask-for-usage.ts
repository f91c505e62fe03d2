import { z } from 'zod';
import { stringifyJson } from '../../../support/json/json.ts';
import { readExactJson } from '../../../support/json/read-json.ts';
import { fieldOf } from '../../http/head/field-lines.ts';
import type { RequestHead } from '../../http/head/parse-request-head.ts';
import { type Problem, problem } from '../../problem.ts';

const streamed = z.looseObject({ stream: z.literal(true), stream_options: z.looseObject({}).nullish() });

/** Whether a request may start a stream of tokens, which only its body tells. */
export function needsWholeBody({ method, fields }: RequestHead): boolean {
  return method === 'POST' && !(fieldOf(fields, 'content-type') ?? 'application/json').startsWith('multipart/');
}

/**
 * A streamed completion tells how many tokens it took only when asked; a container whose tokens are counted does not
 * get to leave that out.
 */
export function askForUsage({ fields }: RequestHead, body: Buffer): Buffer | Problem {
  if ((fieldOf(fields, 'content-encoding') ?? 'identity') !== 'identity')
    return problem(415, 'UNSUPPORTED_ENCODING', 'A body whose tokens are budgeted cannot be sent compressed.');
  const { data: request } = readExactJson(body.toString('utf8'), streamed);
  // The upstream explains better what is wrong with a body that is not JSON.
  if (request === undefined) return body;
  const stream_options = { ...request.stream_options, include_usage: true };
  return Buffer.from(stringifyJson({ ...request, stream_options }));
}
