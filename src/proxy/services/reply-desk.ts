import type { RedisChannels } from '../service-definition.ts';

export interface Reply {
  /** As it came. */
  readonly text: string;
  readonly value: object;
}

export type NoReply = 'late' | 'too large' | 'closed';

/** Hands each reply on a channel to the one call that it answers. */
export interface ReplyDesk {
  /** Resolves once replies are heard. */
  open(): Promise<void>;
  /**
   * @param take called once: with the reply, or with why there is none
   * @returns false when too many wait
   */
  expect(id: string, timeoutMs: number, take: (reply: Reply | NoReply) => void): boolean;
  forget(id: string): void;
  close(): Promise<void>;
}

export interface ReplyDeskOptions {
  readonly channel: string;
  readonly redis: RedisChannels;
  readonly maxWaiting: number;
  /** A reply with more is not read; its call learns that when the id is near the start. */
  readonly maxBytes: number;
}

interface Waiting {
  readonly take: (reply: Reply | NoReply) => void;
  readonly timer: NodeJS.Timeout;
}

const startBytes = 64 * 1024;
const anyId = /"correlation_id"\s*:\s*"([^"\\]+)"/g;

export function createReplyDesk({ channel, redis, maxWaiting, maxBytes }: ReplyDeskOptions): ReplyDesk {
  const waiting = new Map<string, Waiting>();
  let subscription: Promise<() => Promise<void>> | undefined;

  function take(id: string): Waiting | undefined {
    const found = waiting.get(id);
    waiting.delete(id);
    clearTimeout(found?.timer);
    return found;
  }

  function onMessage(message: Buffer): void {
    if (message.length > maxBytes) {
      for (const [, id = ''] of message.toString('utf8', 0, startBytes).matchAll(anyId)) take(id)?.take('too large');
      return;
    }
    const text = message.toString();
    // Replies to others come by here too; only one that may be ours is worth parsing.
    let isOurs = false;
    for (const [, id = ''] of text.matchAll(anyId)) isOurs ||= waiting.has(id);
    if (!isOurs) return;
    const value = parseObject(text);
    const id = value !== undefined && 'correlation_id' in value ? value.correlation_id : undefined;
    if (value !== undefined && typeof id === 'string') take(id)?.take({ text, value });
  }

  return {
    async open() {
      subscription ??= redis.subscribe(channel, onMessage);
      try {
        await subscription;
      } catch (error) {
        // The next call tries anew.
        subscription = undefined;
        throw error;
      }
    },
    expect(id, timeoutMs, taker) {
      if (waiting.size >= maxWaiting) return false;
      const timer = setTimeout(() => take(id)?.take('late'), timeoutMs);
      waiting.set(id, { take: taker, timer });
      return true;
    },
    forget(id) {
      take(id);
    },
    async close() {
      for (const id of [...waiting.keys()]) take(id)?.take('closed');
      const unsubscribe = await subscription?.catch(() => undefined);
      await unsubscribe?.();
    },
  };
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // What is no JSON answers nobody.
    return undefined;
  }
}
