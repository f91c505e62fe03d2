import { z } from 'zod';
import { parseJson, stringifyJson } from '../../support/json.ts';
import { fieldOf } from '../http/field-lines.ts';
import type { RequestHead } from '../http/parse-request-head.ts';
import { type Problem, problem } from '../problem.ts';

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
  const request = streamed.safeParse(parseOrUndefined(body));
  if (!request.success) return body;
  const stream_options = { ...request.data.stream_options, include_usage: true };
  return Buffer.from(stringifyJson({ ...request.data, stream_options }));
}

function parseOrUndefined(body: Buffer): unknown {
  try {
    return parseJson(body.toString('utf8'));
  } catch {
    // The upstream says better what is wrong with it.
    return undefined;
  }
}
