import { parentPort } from 'node:worker_threads';
import { type DraftedRequest, type DraftOptions, draftRequest } from './draft-request.ts';

/** What the thread is sent, one at a time. */
export interface ThreadOrder {
  readonly text: string;
  readonly options: DraftOptions;
}

/** What it sends back; an error crosses threads as its parts. */
export type ThreadReply =
  | Extract<DraftedRequest, { ok: true }>
  | (Omit<Extract<DraftedRequest, { ok: false }>, 'error'> & {
      readonly error: Pick<Extract<DraftedRequest, { ok: false }>['error'], 'code' | 'sentence' | 'context'>;
    });

parentPort?.on('message', ({ text, options }: ThreadOrder) => parentPort?.postMessage(replyTo(text, options)));

function replyTo(text: string, options: DraftOptions): ThreadReply {
  const drafted = draftRequest(text, options);
  if (drafted.ok) return drafted;
  const { code, sentence, context } = drafted.error;
  return { ...drafted, error: { code, sentence, context } };
}
