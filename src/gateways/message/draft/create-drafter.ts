import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { builtThreadFile, createThreadWork } from '../../../support/threads/thread-work.ts';
import { digestOf } from '../request/fingerprint-of.ts';
import { type DraftedRequest, type DraftOptions, draftRequest } from './draft-request.ts';
import type { ThreadOrder, ThreadReply } from './draft-thread.ts';

/** Reads messages without holding the event loop for long. */
export interface Drafter {
  /** Never rejects. Small messages are read at once, so that what follows happens in the same turn of the event loop. */
  draft(text: string, options: DraftOptions): DraftedRequest | Promise<DraftedRequest>;
  /** Messages that have not been read are refused. */
  close(): Promise<void>;
}

export interface DrafterOptions {
  /** The thread's program; undefined: there is none, as when the agent runs from its sources, and all messages are read here. */
  readonly threadFile?: string | undefined;
  /** Messages of up to so many characters are read here: the worst of them takes some 10 ms. */
  readonly inlineLength?: number;
  /** How long a thread without work is kept, in milliseconds. */
  readonly keepIdleMs?: number;
  /** Memory that a message may need while it is read, in MiB. */
  readonly memoryMiB?: number;
}

const usualInlineLength = 64 * 1024;

/** Large messages are read in a thread, one after the other. */
export function createDrafter(
  options: DrafterOptions = { threadFile: builtThreadFile('gateways/message/draft/draft-thread.ts') },
): Drafter {
  const { threadFile, inlineLength = usualInlineLength, keepIdleMs, memoryMiB } = options;
  const thread =
    threadFile === undefined
      ? undefined
      : createThreadWork<ThreadOrder, ThreadReply>({ name: 'read messages', file: threadFile, keepIdleMs, memoryMiB });
  return {
    draft(text, options) {
      if (text.length <= inlineLength || thread === undefined) return draftRequest(text, options);
      return thread.run({ text, options }).then(fromReply, (error) => refuse(text, error));
    },
    close: async () => thread?.close(),
  };
}

function fromReply(reply: ThreadReply): DraftedRequest {
  if (reply.ok) return reply;
  const { code, sentence, context } = reply.error;
  return { ...reply, error: new ExecError(code, sentence, { context }) };
}

/** Without its correlation id, which is in what could not be read. */
function refuse(text: string, error: unknown): DraftedRequest {
  const message = `The message could not be read: ${messageOf(error)}.`;
  return { ok: false, correlationId: null, error: new ExecError('INTERNAL', message), digest: digestOf(text) };
}
