import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createOutputDelay } from '../../output-delay.ts';
import type { LogChunk } from '../../runtime.ts';
import { defaultDockerLimits } from '../docker-options.ts';
import { followLogs } from './follow-logs.ts';
import type { Message } from './read-messages.ts';
import { byStream, contentOf, engineWith, follow, messageAt, messages, quick, read } from './scripted-log.contract.ts';

/** An entry that is being written becomes readable after so many reads. */
function unreadable(times: number, entries: readonly Message[]): (message: Message) => boolean {
  const left = new Map(entries.map((message) => [message, times]));
  return (message: Message) => {
    const more = left.get(message) ?? 0;
    left.set(message, more - 1);
    return more > 0;
  };
}

describe('a container’s log that the engine cannot read on', () => {
  test('is whole, wherever the engine comes upon an entry that it cannot read yet', async () => {
    await fc.assert(
      fc.asyncProperty(messages, fc.nat(20), fc.infiniteStream(fc.boolean()), async (log, followed, chosen) => {
        const failing = log.filter(() => chosen.next().value).slice(0, quick.logReadTries);
        expect(byStream(await read(engineWith(log, followed, unreadable(1, failing)), 8))).toEqual(byStream(log));
      }),
    );
  });

  test('is whole, also when each of its entries is unreadable at first', async () => {
    const log = Array.from({ length: 20 }, (_, index) => messageAt(index * 50_000_000, `[${index}]`));
    const slow = log.map((message, index) => ({
      ...message,
      time: messageAt(0, '').time.replace(':25.', `:${25 + index}.`),
    }));
    for (const each of [log, slow]) {
      const engine = engineWith(each, each.length, unreadable(quick.logReadTries, each));
      expect(byStream(await read(engine, 8))).toEqual(byStream(each));
    }
  });

  test('with an entry that stays unreadable is read as far as that, then fails in the engine’s words', async () => {
    const log = ['a', 'b', 'c'].map((text, index) => messageAt(index * 1_000_000, text));
    const chunks: LogChunk[] = [];
    const reading = (async () => {
      for await (const chunk of follow(
        engineWith(log, 3, ({ data }) => data.toString() === 'c'),
        8,
      ))
        chunks.push(chunk);
    })();
    await expect(reading).rejects.toThrow('unexpected EOF');
    expect(contentOf(chunks)).toBe('stdout:a|stdout:b');
  });

  test('is not waited for any more once its reader is gone', async () => {
    const abort = new AbortController();
    const outputDelay = createOutputDelay();
    const log = followLogs(
      engineWith([messageAt(0, 'a')], 1, () => true),
      'id',
      { signal: abort.signal },
      { ...defaultDockerLimits, outputDelay },
    );
    const reading = expect(log.next()).rejects.toThrow('nobody reads');
    await vi.waitFor(() => expect(outputDelay.isLate()).toBe(true));
    abort.abort(new Error('nobody reads'));
    await reading;
    expect(outputDelay.isLate()).toBe(false);
  });
});
