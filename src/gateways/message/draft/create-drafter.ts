import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { codeRoot } from '../../../support/files/code-root.ts';
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

interface Waiting {
  readonly order: ThreadOrder;
  readonly resolve: (drafted: DraftedRequest) => void;
}

const defaults = { inlineLength: 64 * 1024, keepIdleMs: 30_000, memoryMiB: 2048 };

/** The program of the thread as it was built; undefined where the code runs from its sources. */
function builtThreadFile(): string | undefined {
  const file = fileURLToPath(new URL('gateways/message/draft/draft-thread.js', codeRoot));
  return existsSync(file) ? file : undefined;
}

/** A thread is started for the first large message, reads one after the other, and ends when none has come for a while. */
export function createDrafter(options: DrafterOptions = { threadFile: builtThreadFile() }): Drafter {
  const { threadFile } = options;
  const { inlineLength, keepIdleMs, memoryMiB } = { ...defaults, ...options };
  const waiting: Waiting[] = [];
  let current: Waiting | undefined;
  let worker: Worker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let closed = false;

  function start(file: string): Worker {
    const started = new Worker(file, {
      name: 'read messages',
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    let problem = 'its thread ended';
    started.on('message', (reply: ThreadReply) => end(fromReply(reply)));
    started.on('error', (error) => {
      problem = messageOf(error);
    });
    started.on('messageerror', () => void started.terminate());
    started.on('exit', () => {
      // One that was stopped on purpose has no message.
      if (worker !== started) return;
      worker = undefined;
      if (current !== undefined) end(refuse(current, `The message could not be read: ${problem}.`));
    });
    return started;
  }

  function end(drafted: DraftedRequest): void {
    const done = current;
    current = undefined;
    done?.resolve(drafted);
    next();
  }

  function next(): void {
    if (current !== undefined || threadFile === undefined || closed) return;
    current = waiting.shift();
    if (current === undefined) {
      rest();
      return;
    }
    clearTimeout(idleTimer);
    worker ??= start(threadFile);
    worker.ref();
    worker.postMessage(current.order);
  }

  function rest(): void {
    worker?.unref();
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => void stop(), keepIdleMs).unref();
  }

  async function stop(): Promise<void> {
    const stopped = worker;
    worker = undefined;
    await stopped?.terminate();
  }

  return {
    draft(text, options) {
      if (text.length <= inlineLength || threadFile === undefined || closed) return draftRequest(text, options);
      const drafted = new Promise<DraftedRequest>((resolve) => waiting.push({ order: { text, options }, resolve }));
      next();
      return drafted;
    },
    async close() {
      closed = true;
      clearTimeout(idleTimer);
      const left = waiting.splice(0);
      if (current !== undefined) left.unshift(current);
      for (const each of left) each.resolve(refuse(each, 'The agent is stopping.'));
      await stop();
    },
  };
}

function fromReply(reply: ThreadReply): DraftedRequest {
  if (reply.ok) return reply;
  const { code, sentence, context } = reply.error;
  return { ...reply, error: new ExecError(code, sentence, { context }) };
}

/** Without its correlation id, which is in what could not be read. */
function refuse({ order }: Waiting, message: string): DraftedRequest {
  return { ok: false, correlationId: null, error: new ExecError('INTERNAL', message), digest: digestOf(order.text) };
}
