import type { Caller } from '../upstream/pool-shares.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';
import type { UpstreamFailure } from '../upstream/upstream-request.ts';

export interface WholeAnswer {
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: Buffer;
}

export type WholeOutcome = WholeAnswer | UpstreamFailure | { readonly kind: 'too-large' };

export interface WholeRequest extends Caller {
  readonly pool: UpstreamPool;
  /** Request line and headers, each line ending in CRLF, without the length and the empty line. */
  readonly head: string;
  readonly body: Buffer;
  readonly maxAnswerBytes: number;
}

/**
 * Posts a body and gives the whole answer, or why there is none (`too-large`: it has more bytes than allowed).
 * @returns what gives the request up
 */
export function requestWhole(
  { pool, executionId, tenant, head, body, maxAnswerBytes }: WholeRequest,
  then: (outcome: WholeOutcome) => void,
): () => void {
  const pieces: Buffer[] = [];
  let [size, status] = [0, 0];
  let fields: readonly string[] = [];
  const call = pool.call(
    { executionId, tenant, method: 'POST', head: `${head}content-length: ${body.length}\r\n\r\n`, body: 'plain' },
    {
      onReady() {
        call.write(body);
        call.endBody();
      },
      onHead(answer) {
        ({ status, fields } = answer);
      },
      onData(data) {
        size += data.length;
        if (size > maxAnswerBytes) {
          call.abort();
          then({ kind: 'too-large' });
        } else pieces.push(data);
        return true;
      },
      onEnd: () => then({ status, fields, body: Buffer.concat(pieces) }),
      onFail: then,
      onDrain: () => undefined,
    },
  );
  call.start();
  return call.abort;
}
