import fc from 'fast-check';
import { expect, test } from 'vitest';
import { part, sentence } from '../../wire/sentence.ts';
import { readReason, reasonOf } from './failure-reason.ts';

test('reason of a failure: is read as it was written, with the parts that it names', () => {
  const message = sentence`${part('image')}: "x" is not allowed.`;
  expect(readReason(reasonOf({ failure: { code: 'INVALID_REQUEST', message } }))).toEqual(message);
  expect(reasonOf({})).toBe('');
  expect(readReason(null)).toBeUndefined();
  expect(readReason('{')).toBeUndefined();
});

test('reason of a failure: is bounded, however long the message is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.integer({ min: 1, max: 500 }), (text, times) => {
      const message = text.repeat(times);
      const reason = reasonOf({ failure: { code: 'EXIT_NONZERO', message } });
      expect(reason.length).toBeLessThan(4000);
      const isWhole = JSON.stringify(message).length <= 1000;
      expect(readReason(reason)).toBe(isWhole ? message : `${message.slice(0, 500).toWellFormed()} …`);
    }),
  );
});
