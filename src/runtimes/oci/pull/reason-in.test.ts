import { expect, test } from 'vitest';
import { reasonIn } from './reason-in.ts';

test('the reason is what skopeo calls fatal, without its escapes', () => {
  const line = (message: string) =>
    `Getting image source signatures\ntime="x" level=fatal msg=${JSON.stringify(message)}\n`;
  expect(reasonIn(line('reading "tool": manifest unknown.'))).toBe('reading "tool": manifest unknown');
  expect(reasonIn('one\ntwo\n')).toBe('two');
  expect(reasonIn('')).toBe('no reason was given');
});
